import type { DeploymentEntity } from '../../../contract/deployments.ts'
import type { JobEntity } from '../../../contract/jobs.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Notice } from '../../components/notice.tsx'
import { deploymentPath } from '../../paths.ts'

interface JobNoticesProps {
  readonly project: Project
  readonly job: JobEntity
  /** Of the job. */
  readonly deployment: DeploymentEntity | null
}

/** Why a job does not run, or did not succeed. */
export function JobNotices({ project, job, deployment }: JobNoticesProps) {
  return (
    <>
      {deployment?.status === 'blocked' ? (
        <Notice tone="wait" title="Waiting for approvals">
          The job runs once its deployment to {deployment.environment.name} is approved.{' '}
          <AppLink to={deploymentPath(project.path_with_namespace, deployment.id)} inherit underline="always">
            See deployment #{deployment.iid}
          </AppLink>
        </Notice>
      ) : null}
      {job.stuck_reason ? (
        <Notice tone="wait" title="This job is stuck">
          {job.stuck_reason}
        </Notice>
      ) : null}
      {job.status === 'failed' ? (
        <Notice tone="bad" title={`Failed: ${(job.failure_reason ?? 'unknown_failure').replaceAll('_', ' ')}`}>
          {job.failure_message ?? 'The log tells more.'}
        </Notice>
      ) : null}
      {job.retried ? (
        <Notice tone="still" title="A newer attempt replaced this job">
          The pipeline shows the newer one.
        </Notice>
      ) : null}
    </>
  )
}
