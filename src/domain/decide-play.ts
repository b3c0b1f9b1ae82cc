/** Playing, retrying and cancelling a job: what a person asks for directly (reference gitlab-ci-and-runner.md C6). */
import { type Change, moveJob } from './change.ts'
import { enqueue, lacksDeployment } from './decide-start.ts'
import type { JobFacts } from './facts.ts'
import { gate } from './gate.ts'
import { cancelableJobStatuses, canMoveJob, type FailureReason, type JobStatus } from './job.ts'
import type { StartRefusal } from './refusal.ts'
import { err, ok, type Result } from './result.ts'

export interface PlayCommand {
  readonly userId: number
  /** Variables, or values for the job's inputs. */
  readonly hasVariables: boolean
}

/**
 * @param job facts in which `environment.userMayDeploy` and `resourceGroup` are about the person who plays
 * Every path through here asks the gate: playing never starts what is not approved (threats T12, T13, T28).
 */
export function decidePlay(job: JobFacts, command: PlayCommand): Result<Change[], StartRefusal> {
  const { deployment } = job
  // Who may not deploy, and everybody on an outdated job, has no right to the job at all: GitLab asks that first (JobPolicy).
  if (job.environment && !job.environment.userMayDeploy) {
    return err({ code: 'may_not_deploy', environment: job.environment.name })
  }
  if (deployment?.outdated) return err({ code: 'outdated_deployment' })
  if (job.status !== 'manual' && job.status !== 'scheduled') return err({ code: 'unplayable_job' })
  // A trigger job that waits with its downstream pipeline is not started here, but there.
  if (job.status === 'manual' && job.when !== 'manual') return err({ code: 'unplayable_job' })
  if (lacksDeployment(job)) return err({ code: 'unplayable_job' })
  if (deployment && gate(deployment.gate).state !== 'open') return err({ code: 'unplayable_job' })
  // What was approved is exactly what runs: variables typed now were not shown to any approver.
  if (command.hasVariables && deployment && deployment.approvals !== 'none')
    return err({ code: 'variables_after_approval' })
  return ok(enqueue(job, { userId: command.userId, enqueueImmediately: true }))
}

export interface RetryFacts {
  readonly status: JobStatus
  readonly retried: boolean
  readonly failureReason: FailureReason | null
  readonly environmentName: string | null
  readonly userMayDeploy: boolean
  readonly outdated: boolean
}

/**
 * Failures that stay: a rejected deployment needs a new pipeline (product promise 3), and a trigger job at a limit would only meet
 * it again.
 */
const final: readonly FailureReason[] = [
  'deployment_rejected',
  'pipeline_loop_detected',
  'reached_max_descendant_pipelines_depth',
]

/** Why a finished job cannot be run again; null when it can. */
export function retryRefusal(job: RetryFacts): StartRefusal | null {
  if (job.retried || !['success', 'failed', 'canceled'].includes(job.status)) return { code: 'job_not_retryable' }
  if (job.failureReason !== null && final.includes(job.failureReason)) return { code: 'job_not_retryable' }
  if (!job.userMayDeploy) return { code: 'may_not_deploy', environment: job.environmentName ?? '' }
  return job.outdated ? { code: 'outdated_deployment' } : null
}

/**
 * Cancels one job. A job whose runner can stop gracefully is asked to; `force` does not wait for it.
 * Nothing to do when the job is over: cancelling twice is not an error (GitLab).
 */
export function decideCancel(
  job: Pick<JobFacts, 'id' | 'status' | 'deployment'>,
  command: { readonly force: boolean; readonly runnerCancelsGracefully: boolean },
): Change[] {
  if (job.status === 'canceling') return command.force ? moveJob(job, 'cancel') : []
  if (!cancelableJobStatuses.includes(job.status)) return []
  if (job.status === 'running' && command.runnerCancelsGracefully && !command.force)
    return moveJob(job, 'request_cancel')
  return canMoveJob(job.status, 'cancel') ? moveJob(job, 'cancel') : []
}
