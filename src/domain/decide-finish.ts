/** What a runner's final word on a job means (reference gitlab-ci-and-runner.md A13, D5). */
import { type Change, moveJob } from './change.ts'
import type { JobFacts } from './facts.ts'
import { canMoveJob, type FailureReason } from './job.ts'

export interface Outcome {
  readonly state: 'success' | 'failed'
  readonly reason: FailureReason
  readonly exitCode: number | null
}

/** Ends a running job; a job that was being cancelled ends as canceled, whatever its runner reports. */
export function decideFinish(
  job: Pick<JobFacts, 'id' | 'status' | 'deployment'> & { readonly allowFailureExitCodes: readonly number[] },
  outcome: Outcome,
): Change[] {
  if (job.status === 'canceling') return moveJob(job, 'cancel', { exitCode: outcome.exitCode })
  if (outcome.state === 'success') {
    // A job that its runner never began was not judged at that moment, so it cannot have succeeded either.
    return job.status === 'running' ? moveJob(job, 'succeed', { exitCode: outcome.exitCode }) : []
  }
  if (!canMoveJob(job.status, 'drop')) return []
  const tolerated = outcome.exitCode !== null && job.allowFailureExitCodes.includes(outcome.exitCode)
  return moveJob(job, 'drop', {
    failureReason: outcome.reason,
    exitCode: outcome.exitCode,
    ...(tolerated ? { allowFailure: true } : {}),
  })
}
