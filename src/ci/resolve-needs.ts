import type { NeedPlan } from '../domain/plan.ts'
import { combinations, expandJob, type JobInstance, matrixName } from './expand-jobs.ts'
import type { JobConfig } from './job-config.ts'
import type { NeedConfig } from './keyword-needs.ts'
import { LIMITS } from './limits.ts'

/** A job with the names in its `needs` and `dependencies` expanded to those of the instances of parallel jobs. */
export interface ResolvedJob extends JobInstance {
  readonly needs: ResolvedNeeds | null
  /** For each rule that has `needs`, by its place. */
  readonly rulesNeeds: ReadonlyMap<number, ResolvedNeeds>
  readonly dependencies: readonly string[] | null
}

export interface ResolvedNeeds {
  /** At most one more than a job may have. */
  readonly list: readonly NeedPlan[]
  /** How many there really are. */
  readonly total: number
  /** What could not be filled in, in GitLab's words. */
  readonly problems: readonly string[]
}

const MATRIX_EXPRESSION = /\$\[\[\s*matrix\.([a-zA-Z0-9_-]+)\s*\]\]/g

/** Expands all jobs and what they need. A need of a parallel job means all its instances, or those its matrix picks. */
export function resolveJobs(jobs: readonly JobConfig[]): readonly ResolvedJob[] {
  const expanded = jobs.map((config) => ({ config, instances: expandJob(config) }))
  const parallel = new Map(
    expanded
      .filter(({ config }) => config.parallel !== null)
      .map(({ config, instances }) => [config.name, instances.map((instance) => instance.name)]),
  )
  return expanded.flatMap(({ config, instances }) => {
    const usesMatrix = config.needs?.some((need) => usesExpression(need)) ?? false
    const shared = usesMatrix || config.needs === null ? null : resolveNeeds(config.needs, parallel, new Map())
    const rulesNeeds = new Map(
      (config.rules ?? []).flatMap((rule, index) =>
        rule.needs === null ? [] : [[index, resolveNeeds(rule.needs, parallel, new Map())] as const],
      ),
    )
    const dependencies = config.dependencies?.flatMap((name) => parallel.get(name) ?? [name]) ?? null
    return instances.map((instance) => ({
      ...instance,
      needs: config.needs === null ? null : (shared ?? resolveNeeds(config.needs, parallel, valuesOf(instance))),
      rulesNeeds,
      dependencies,
    }))
  })
}

function valuesOf({ config, matrix }: JobInstance): ReadonlyMap<string, string> {
  return new Map([...config.variables, ...matrix].map((variable) => [variable.key, variable.value]))
}

function resolveNeeds(
  needs: readonly NeedConfig[],
  parallel: ReadonlyMap<string, readonly string[]>,
  values: ReadonlyMap<string, string>,
): ResolvedNeeds {
  const list: NeedPlan[] = []
  const problems = new Set<string>()
  const fill = (text: string): string =>
    text.replace(MATRIX_EXPRESSION, (written, name: string) => {
      const value = values.get(name)
      if (value === undefined) problems.add(`'${name}' does not exist in matrix configuration`)
      return value ?? written
    })
  let total = 0
  for (const need of needs) {
    const job = fill(need.job)
    const instances = parallel.get(job)
    const picked =
      instances !== undefined && need.matrix !== null
        ? combinations(need.matrix).map((row) =>
            matrixName(
              job,
              row.map(([key, value]) => [key, fill(value)] as const),
            ),
          )
        : (instances ?? [job])
    total += picked.length
    for (const name of picked) {
      if (list.length > LIMITS.needs) break
      list.push({ job: name, artifacts: need.artifacts, optional: need.optional })
    }
  }
  return { list, total, problems: [...problems] }
}

function usesExpression(need: NeedConfig): boolean {
  const texts = [need.job, ...(need.matrix ?? []).flatMap((row) => row.flatMap(([, values]) => values))]
  return texts.some((text) => text.includes('$[['))
}
