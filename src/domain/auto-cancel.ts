/** What a newer pipeline for the same branch ends of an older one (reference C7; GitLab docs, `workflow:auto_cancel:on_new_commit`). */
import type { JobStatus } from './job.ts'
import type { PipelinePlan } from './plan.ts'

export type OnNewCommit = PipelinePlan['autoCancel']['onNewCommit']

export interface CancelCandidate {
  readonly id: number
  readonly status: JobStatus
  readonly interruptible: boolean
}

/** From these on a job may have changed something outside; a pending job has not (GitLab: STARTED_STATUSES). */
const begun: readonly JobStatus[] = ['running', 'success', 'failed']

/**
 * Which jobs to cancel, as far as they can still be. `conservative` takes the whole pipeline, or nothing once a job has begun that
 * must not be interrupted; `interruptible` takes the jobs that say they may be.
 * @param jobs all of the pipeline, those that were retried too
 */
export function autoCanceled(mode: OnNewCommit, jobs: readonly CancelCandidate[]): ReadonlySet<number> {
  switch (mode) {
    case 'none':
      return new Set()
    case 'conservative': {
      const spared = jobs.some((job) => !job.interruptible && begun.includes(job.status))
      return new Set(spared ? [] : jobs.map((job) => job.id))
    }
    case 'interruptible':
      return new Set(jobs.filter((job) => job.interruptible).map((job) => job.id))
  }
}
