/** Whose turn it is: pipeline processing over stages and needs (reference gitlab-ci-and-runner.md A13, C3). */
import { completedJobStatuses, type JobStatus } from './job.ts'
import { compositeStatus } from './pipeline.ts'
import type { When } from './plan.ts'

export interface ProcessedJob {
  readonly id: number
  readonly name: string
  readonly status: JobStatus
  readonly when: When
  readonly allowFailure: boolean
  readonly stageIndex: number
  /** Names of needed jobs; null: scheduled by stage. Needs of jobs that do not exist (optional ones) are left out by the caller. */
  readonly needs: readonly string[] | null
}

export type Turn = { readonly jobId: number; readonly outcome: 'start' | 'skip' }

/**
 * The created jobs that can be decided now. Only current jobs are passed (no retried ones).
 * Applying the turns can make more jobs ready: call again until it answers an empty list.
 */
export function nextTurns(jobs: readonly ProcessedJob[]): Turn[] {
  const byName = Map.groupBy(jobs, (job) => job.name)
  const stageStatus = statusBeforeStages(jobs)
  return jobs.flatMap((job): Turn[] => {
    if (job.status !== 'created') return []
    const prior = job.needs === null ? (stageStatus.get(job.stageIndex) ?? 'success') : needsStatus(job.needs, byName)
    if (!completedJobStatuses.includes(prior)) return []
    const starts = startsAfter(job.when, prior, job.needs !== null)
    return [{ jobId: job.id, outcome: starts ? 'start' : 'skip' }]
  })
}

/** Stage index → composite status of all earlier stages; computed once per call because pipelines may have thousands of jobs. */
function statusBeforeStages(jobs: readonly ProcessedJob[]): Map<number, JobStatus> {
  const byStage = Map.groupBy(jobs, (job) => job.stageIndex)
  const earlier = new Map<string, ProcessedJob>()
  const result = new Map<number, JobStatus>()
  for (const index of [...byStage.keys()].toSorted((a, b) => a - b)) {
    result.set(index, compositeStatus([...earlier.values()]) ?? 'success')
    // The composite looks at the set of distinct pairs only, so one job per pair stands for all.
    for (const job of byStage.get(index) ?? []) earlier.set(`${job.status}/${job.allowFailure}`, job)
  }
  return result
}

function needsStatus(needs: readonly string[], byName: Map<string, readonly ProcessedJob[]>): JobStatus {
  return (
    compositeStatus(
      needs.flatMap((name) => byName.get(name) ?? []),
      true,
    ) ?? 'success'
  )
}

/** Table A13: whether a job with this `when` starts after what came before ended as `prior`. */
export function startsAfter(when: When, prior: JobStatus, dag: boolean): boolean {
  switch (when) {
    case 'on_failure':
      return prior === 'failed'
    case 'always':
      return prior === 'success' || prior === 'failed' || prior === 'skipped'
    case 'on_success':
    case 'manual':
    case 'delayed':
      return prior === 'success' || (prior === 'skipped' && !dag)
  }
}
