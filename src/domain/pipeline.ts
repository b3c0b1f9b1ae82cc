/** The composite status of a set of jobs (reference gitlab-ci-and-runner.md C4): the first matching row of the table wins. */
import type { JobStatus } from './job.ts'

export type PipelineStatus = JobStatus

/** What the table looks at: a status after `allow_failure` was taken into account. */
export type Counted = JobStatus | 'success_with_warnings' | 'ignored'

/** Maps one job: a tolerated failure is a warning, an optional manual job does not count. */
export function counted(job: { status: JobStatus; allowFailure: boolean }): Counted {
  if (!job.allowFailure) return job.status
  if (job.status === 'failed' || job.status === 'canceled') return 'success_with_warnings'
  return job.status === 'manual' ? 'ignored' : job.status
}

/**
 * @param dag whether the set is what one job `needs`: there a skipped or ignored need means the job is skipped.
 * @returns null for an empty set
 */
export function compositeStatus(
  jobs: readonly { status: JobStatus; allowFailure: boolean }[],
  dag = false,
): PipelineStatus | null {
  if (jobs.length === 0) return null
  const present = new Set(jobs.map(counted))
  const any = (...wanted: Counted[]) => wanted.some((status) => present.has(status))
  const only = (...allowed: Counted[]) => [...present].every((status) => allowed.includes(status))
  if (dag && any('skipped', 'ignored')) return 'skipped'
  if (only('skipped', 'ignored')) return 'skipped'
  if (only('success', 'skipped', 'success_with_warnings', 'ignored')) return 'success'
  if (only('created', 'success_with_warnings', 'ignored')) return 'created'
  if (only('preparing', 'success_with_warnings', 'ignored')) return 'preparing'
  if (only('canceled', 'success', 'skipped', 'success_with_warnings', 'ignored')) return 'canceled'
  if (only('pending', 'created', 'skipped', 'success_with_warnings', 'ignored')) return 'pending'
  if (any('running', 'pending')) return 'running'
  if (any('waiting_for_resource')) return 'waiting_for_resource'
  if (any('waiting_for_callback')) return 'waiting_for_callback'
  if (any('manual')) return 'manual'
  if (any('scheduled')) return 'scheduled'
  if (any('preparing')) return 'preparing'
  if (any('created')) return 'running'
  if (any('canceling')) return 'canceling'
  return 'failed'
}

/** Statuses in which nothing of the pipeline can move by itself any more. */
export const completedPipelineStatuses: readonly PipelineStatus[] = ['success', 'failed', 'canceled', 'skipped']
