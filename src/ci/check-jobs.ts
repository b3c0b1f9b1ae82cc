import type { JobConfig } from './keyword-job.ts'
import type { RootConfig } from './keyword-root.ts'
import { errorAt } from './problems.ts'
import type { CiError } from './types.ts'

/** The checks between jobs; the first thing that is wrong (reference A20). */
export function checkJobs(config: RootConfig): CiError | null {
  const stages = new Map(config.stages.map((stage, index) => [stage, index]))
  const jobs = new Map(config.jobs.map((job) => [job.name, job]))
  for (const job of config.jobs) {
    const problem = checkStage(job, stages, config.stages) ?? checkNeeds(job, jobs, stages) ?? checkOnStop(job, jobs)
    if (problem !== null) return errorAt(job.at, problem)
  }
  return null
}

function checkStage(job: JobConfig, stages: ReadonlyMap<string, number>, all: readonly string[]): string | null {
  if (stages.has(job.stage)) return null
  return `${job.name} job: chosen stage ${job.stage} does not exist; available stages are ${all.join(', ')}`
}

function checkNeeds(
  job: JobConfig,
  jobs: ReadonlyMap<string, JobConfig>,
  stages: ReadonlyMap<string, number>,
): string | null {
  for (const need of job.needs ?? []) {
    const needed = jobs.get(need.job)
    if (needed === undefined && need.optional) continue
    if (needed === undefined) return `${job.name} job: undefined need: ${need.job}`
    if ((stages.get(needed.stage) ?? 0) > (stages.get(job.stage) ?? 0)) {
      return `${job.name} job: need ${need.job} is not defined in current or prior stages`
    }
  }
  return null
}

function checkOnStop(job: JobConfig, jobs: ReadonlyMap<string, JobConfig>): string | null {
  const name = job.environment?.onStop ?? null
  if (name === null) return null
  const prefix = `${job.name} job: on_stop job ${name}`
  const stop = jobs.get(name)
  if (stop === undefined) return `${prefix} is not defined`
  if (stop.environment === null) return `${prefix} does not have environment defined`
  if (stop.environment.name !== job.environment?.name) return `${prefix} have different environment name`
  return stop.environment.action === 'stop' ? null : `${prefix} needs to have action stop defined`
}
