import { Alert, Button, Group, Select, Stack, Text, Textarea } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { approveDeployment, type DeploymentExtended } from '../../contract/deployments.ts'
import { useWrite } from '../api/query.ts'
import { announce } from '../components/announce.tsx'
import { CommitRef } from '../components/commit-ref.tsx'
import { commitTitleOf } from '../components/deployable.ts'
import { Dialog } from '../components/dialog.tsx'

export type Verdict = 'approved' | 'rejected'

interface DecisionDialogProps {
  readonly deployment: DeploymentExtended
  readonly projectId: number
  readonly projectName: string
  /** Null: closed. */
  readonly verdict: Verdict | null
  readonly close: () => void
}

const words = {
  approved: { title: 'Approve deployment', button: 'Approve', color: 'approve', done: 'Approved' },
  rejected: { title: 'Reject deployment', button: 'Reject', color: 'reject', done: 'Rejected' },
} as const

/** The last question before a vote: which environment, which commit, and an optional comment. */
export function DecisionDialog({ deployment, projectId, projectName, verdict, close }: DecisionDialogProps) {
  // While it closes it keeps saying what it said.
  const [shown, setShown] = useState<Verdict>('approved')
  if (verdict !== null && verdict !== shown) setShown(verdict)
  return (
    <Dialog opened={verdict !== null} close={close} title={words[shown].title}>
      <DecisionForm
        deployment={deployment}
        projectId={projectId}
        projectName={projectName}
        verdict={shown}
        close={close}
      />
    </Dialog>
  )
}

type DecisionFormProps = Omit<DecisionDialogProps, 'verdict'> & { readonly verdict: Verdict }

function DecisionForm({ deployment, projectId, projectName, verdict, close }: DecisionFormProps) {
  const [comment, setComment] = useState('')
  const [as, setAs] = useState<string | null>(null)
  const vote = useWrite(approveDeployment)
  const { title, button, color, done } = words[verdict]
  const { environment } = deployment
  const send = (event: FormEvent) => {
    event.preventDefault()
    const input = {
      id: String(projectId),
      deployment_id: deployment.id,
      status: verdict,
      ...(comment.trim() === '' ? {} : { comment }),
      ...(as === null ? {} : { represented_as: as }),
    }
    vote.mutate(input, {
      onSuccess: () => {
        const sentence = `${done} the deployment of ${deployment.sha.slice(0, 8)} to ${environment.name}.`
        announce(sentence)
        notifications.show({ color, title: done, message: sentence })
        close()
      },
    })
  }
  return (
    <form onSubmit={send} aria-label={title}>
      <Stack>
        <Text>
          {consequence(verdict, deployment)} <strong>{environment.name}</strong> of <strong>{projectName}</strong>:
        </Text>
        <CommitRef sha={deployment.sha} refName={deployment.ref} title={commitTitleOf(deployment)} />
        {vote.error ? (
          <Alert color="reject" role="alert" title="Not recorded">
            {vote.error.message}
          </Alert>
        ) : null}
        <Textarea
          label="Comment"
          description="Everybody who sees the deployment can read it."
          autosize
          minRows={2}
          maxRows={8}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <RuleChoice deployment={deployment} value={as} choose={setAs} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" color={color} loading={vote.isPending} data-autofocus>
            {button}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function consequence(verdict: Verdict, deployment: DeploymentExtended): string {
  if (verdict === 'rejected') return 'A single rejection stops it for good. You reject the deployment to'
  if (deployment.pending_approval_count > 1) return 'You approve the deployment to'
  return deployment.start === 'on_approval'
    ? 'It starts as soon as you approve. You approve the deployment to'
    : 'After this approval somebody has to start it. You approve the deployment to'
}

/** With several rules that wait, somebody may say which one the vote is for (`represented_as`). */
function RuleChoice({
  deployment,
  value,
  choose,
}: {
  readonly deployment: DeploymentExtended
  readonly value: string | null
  readonly choose: (rule: string | null) => void
}) {
  const names = [...new Set(deployment.waiting_for.flatMap((rule) => rule.rule ?? []))]
  if (names.length < 2) return null
  return (
    <Select
      label="Approval given as"
      description="Left alone, the vote counts for the first rule that you fit and that still waits."
      placeholder="Decided by the server"
      data={names}
      value={value}
      onChange={choose}
      clearable
    />
  )
}
