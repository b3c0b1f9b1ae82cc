import { Group } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { DeploymentExtended } from '../../contract/deployments.ts'
import { ActionButton } from '../components/action-button.tsx'
import { DecisionDialog, type Verdict } from './decision-dialog.tsx'

interface DecisionButtonsProps {
  readonly deployment: DeploymentExtended
  readonly projectId: number
  /** Full path. */
  readonly projectName: string
  /** The id of an element that shows why a button is disabled. */
  readonly describedBy?: string
}

/** Approve and Reject. Each asks once more, naming environment and commit, before anything is sent. */
export function DecisionButtons({ deployment, projectId, projectName, describedBy }: DecisionButtonsProps) {
  const [verdict, setVerdict] = useState<Verdict | null>(null)
  const { approve, reject } = deployment.your_approval
  const described = describedBy === undefined ? {} : { describedBy }
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <ActionButton
          color="approve"
          leftSection={<IconCheck size={16} aria-hidden />}
          refusal={approve.reason}
          onClick={() => setVerdict('approved')}
          {...described}
        >
          Approve
        </ActionButton>
        <ActionButton
          color="reject"
          variant="outline"
          leftSection={<IconX size={16} aria-hidden />}
          refusal={reject.reason}
          onClick={() => setVerdict('rejected')}
          {...described}
        >
          Reject
        </ActionButton>
      </Group>
      <DecisionDialog
        deployment={deployment}
        projectId={projectId}
        projectName={projectName}
        verdict={verdict}
        close={() => setVerdict(null)}
      />
    </>
  )
}
