/** The jobs of a pipeline by stage. */

interface StagedJob {
  readonly id: number
  readonly name: string
  readonly stage: string
  readonly retried?: boolean
}

export interface Stage<Job> {
  readonly name: string
  readonly jobs: readonly Job[]
}

/**
 * Stages in their order, jobs by name; replaced attempts are left out. Jobs are made stage by stage, so the oldest job of each
 * stage, replaced or not, tells the order, which the API's jobs do not.
 */
export function byStage<Job extends StagedJob>(jobs: readonly Job[]): Stage<Job>[] {
  const stages = Map.groupBy(
    jobs.toSorted((one, other) => one.id - other.id),
    (job) => job.stage,
  )
  return [...stages].map(([name, all]) => ({
    name,
    jobs: all
      .filter((job) => job.retried !== true)
      .toSorted((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true })),
  }))
}
