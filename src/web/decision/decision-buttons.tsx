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
  /** The ids of the elements that show why a button is disabled, where the page has them. */
  readonly describedBy?: { readonly approve: string; readonly reject: string }
}

/** Approve and Reject. Each asks once more, naming environment and commit, before anything is sent. */
export function DecisionButtons({ deployment, projectId, projectName, describedBy }: DecisionButtonsProps) {
  const [verdict, setVerdict] = useState<Verdict | null>(null)
  const { approve, reject } = deployment.your_approval
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <ActionButton
          color="approve"
          leftSection={<IconCheck size={16} aria-hidden />}
          refusal={approve.reason}
          onClick={() => setVerdict('approved')}
          {...(describedBy ? { describedBy: describedBy.approve } : {})}
        >
          Approve
        </ActionButton>
        <ActionButton
          color="reject"
          variant="outline"
          leftSection={<IconX size={16} aria-hidden />}
          refusal={reject.reason}
          onClick={() => setVerdict('rejected')}
          {...(describedBy ? { describedBy: describedBy.reject } : {})}
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
