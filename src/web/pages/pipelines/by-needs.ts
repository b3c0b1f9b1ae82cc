/** The jobs of a pipeline in the order in which they can run. */
import type { Stage } from './by-stage.ts'

export interface Column<Job> {
  readonly name: string
  /** For screen readers. */
  readonly label: string
  readonly jobs: readonly Job[]
}

/**
 * A job stands one step behind the last of what it waits for: the jobs it needs, or every job of the stages before its own.
 * @param needs names by the job's id; null for a job that waits for stages. Names that are not there are waited for by nobody.
 */
export function byNeeds<Job extends { readonly id: number; readonly name: string }>(
  stages: readonly Stage<Job>[],
  needs: ReadonlyMap<number, readonly string[] | null>,
): Column<Job>[] {
  const all = stages.flatMap((stage, index) => stage.jobs.map((job) => ({ job, index })))
  const named = new Map(all.map((each) => [each.job.name, each]))
  const known = new Map<string, number>()
  const stepOf = ({ job, index }: (typeof all)[number]): number => {
    const before = known.get(job.name)
    if (before !== undefined) return before
    // The server refuses circles; should one come all the same, it must not hang the page.
    known.set(job.name, 0)
    const wanted = needs.get(job.id) ?? null
    const behind =
      wanted === null ? all.filter((each) => each.index < index) : wanted.flatMap((name) => named.get(name) ?? [])
    const step = behind.reduce((last, each) => Math.max(last, stepOf(each) + 1), 0)
    known.set(job.name, step)
    return step
  }
  const steps = Map.groupBy(all, stepOf)
  return [...steps]
    .toSorted(([one], [other]) => one - other)
    .map(([step, jobs]) => ({
      name: `Step ${step + 1}`,
      label: `Jobs of step ${step + 1}`,
      jobs: jobs.map(({ job }) => job),
    }))
}
