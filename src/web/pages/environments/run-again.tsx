import { IconHistory, IconRefresh } from '@tabler/icons-react'
import type { DeploymentEntity } from '../../../contract/deployments.ts'
import { retryJob } from '../../../contract/jobs.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { shortSha } from '../../components/commit-ref.tsx'
import { ConfirmAction } from '../../components/confirm-action.tsx'

interface RunAgainProps {
  readonly project: Project
  readonly deployment: DeploymentEntity
  readonly kind: 'redeploy' | 'rollback'
  /** Why this person may not, in the server's words. */
  readonly refusal: string | null
}

const words = {
  redeploy: { label: 'Re-deploy', title: 'Re-deploy', icon: IconRefresh },
  rollback: { label: 'Roll back', title: 'Roll back environment', icon: IconHistory },
} as const

/** Runs the job of a deployment again: the same commit once more, or an older one instead of what runs now. */
export function RunAgain({ project, deployment, kind, refusal }: RunAgainProps) {
  const { deployable, environment } = deployment
  if (!deployable) return null
  const { label, title, icon } = words[kind]
  const commit = shortSha(deployment.sha)
  return (
    <ConfirmAction
      operation={retryJob}
      input={{ id: project.id, job_id: deployable.id }}
      refusal={refusal}
      label={label}
      accessibleLabel={`${label} ${environment.name} ${kind === 'rollback' ? 'to' : 'with'} ${commit}`}
      icon={icon}
      title={title}
      done={`A new deployment of ${commit} to ${environment.name} was created.`}
      size="xs"
      variant="default"
    >
      Creates a new deployment of <code>{commit}</code> to <strong>{environment.name}</strong> of{' '}
      {project.path_with_namespace}. If the environment requires approvals, it needs new ones.
    </ConfirmAction>
  )
}
