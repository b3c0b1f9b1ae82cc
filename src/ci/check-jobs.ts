import type { RootConfig } from './keyword-root.ts'
import { LIMITS } from './limits.ts'
import { errorAt } from './problems.ts'
import type { ResolvedJob, ResolvedNeeds } from './resolve-needs.ts'
import { stronglyConnected } from './strongly-connected.ts'
import type { CiError } from './types.ts'

/** The checks between jobs, and the first thing that is wrong (reference A20). */
export function checkJobs(config: RootConfig, resolved: readonly ResolvedJob[]): CiError | null {
  const world: World = {
    stages: config.stages,
    stageIndex: new Map(config.stages.map((stage, index) => [stage, index])),
    jobs: new Map(resolved.map((job) => [job.name, job])),
  }
  const unfilled = resolved.find((job) => (job.needs?.problems.length ?? 0) > 0)
  if (unfilled !== undefined) {
    const problems = unfilled.needs?.problems.map((problem) => `${unfilled.config.name} job: ${problem}`)
    return errorAt(unfilled.config.at, problems?.join(', ') ?? '')
  }
  for (const job of resolved) {
    const problem = checkJob(world, job)
    if (problem !== null) return errorAt(job.config.at, problem)
  }
  return findCycle(world, resolved, (job) => job.needs?.list.map((need) => need.job) ?? [])
}

/** The error for jobs that wait for each other, or null. */
export function findCycle<T extends Pick<ResolvedJob, 'name' | 'config'>>(
  world: { readonly jobs: ReadonlyMap<string, T> },
  jobs: readonly T[],
  needsOf: (job: T) => readonly string[],
): CiError | null {
  const prefix = 'The pipeline has circular dependencies'
  const own = jobs.find((job) => needsOf(job).includes(job.name))
  if (own !== undefined) return errorAt(own.config.at, `${prefix}: self-dependency: ${own.name}`)
  const components = stronglyConnected(jobs, (job) => needsOf(job).flatMap((name) => world.jobs.get(name) ?? []))
  const cycle = components.find((component) => component.length > 1)
  const [first] = cycle ?? []
  if (cycle === undefined || first === undefined) return null
  const names = cycle.map((job) => JSON.stringify(job.name)).join(', ')
  return errorAt(first.config.at, `${prefix}: topological sort failed: [${names}]`)
}

interface World {
  readonly stages: readonly string[]
  readonly stageIndex: ReadonlyMap<string, number>
  readonly jobs: ReadonlyMap<string, ResolvedJob>
}

function checkJob(world: World, job: ResolvedJob): string | null {
  const { stage } = job.config
  if (!world.stageIndex.has(stage)) {
    return `${job.name} job: chosen stage ${stage} does not exist; available stages are ${world.stages.join(', ')}`
  }
  for (const dependency of job.dependencies ?? []) {
    const problem = checkDependency(world, job, dependency, 'dependency', false)
    if (problem !== null) return problem
  }
  for (const needs of [job.needs, ...job.rulesNeeds.values()]) {
    const problem = needs === null ? null : checkNeeds(world, job, needs)
    if (problem !== null) return problem
  }
  for (const included of job.config.trigger?.include ?? []) {
    if (typeof included.job !== 'string') continue
    const problem = checkDependency(world, job, included.job, 'dependency', false)
    if (problem !== null) return problem
  }
  return checkOnStop(world, job)
}

function checkNeeds(world: World, job: ResolvedJob, needs: ResolvedNeeds): string | null {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const need of needs.list) {
    const problem = checkDependency(world, job, need.job, 'need', need.optional)
    if (problem !== null) return problem
    if (seen.has(need.job)) twice.add(need.job)
    seen.add(need.job)
  }
  return twice.size === 0 ? null : `${job.name} has the following needs duplicated: ${[...twice].join(', ')}.`
}

function checkDependency(
  world: World,
  job: ResolvedJob,
  name: string,
  kind: 'need' | 'dependency',
  optional: boolean,
): string | null {
  const other = world.jobs.get(name)
  if (other === undefined) return optional ? null : `${job.name} job: undefined ${kind}: ${name}`
  if (kind === 'need' && name.length > LIMITS.name) {
    return `${job.name} job: need \`${name}\` name is too long (maximum is ${LIMITS.name} characters)`
  }
  const theirs = world.stageIndex.get(other.config.stage)
  const ours = world.stageIndex.get(job.config.stage) ?? 0
  if (theirs !== undefined && theirs <= ours) return null
  return `${job.name} job: ${kind} ${name} is not defined in current or prior stages`
}

function checkOnStop(world: World, job: ResolvedJob): string | null {
  const { environment } = job.config
  if (environment === null || environment.onStop === null) return null
  const prefix = `${job.name} job: on_stop job ${environment.onStop}`
  const stop = world.jobs.get(environment.onStop)
  if (stop === undefined) return `${prefix} is not defined`
  if (stop.config.environment === null) return `${prefix} does not have environment defined`
  if (stop.config.environment.name !== environment.name) return `${prefix} have different environment name`
  return stop.config.environment.action === 'stop' ? null : `${prefix} needs to have action stop defined`
}
