/** A job as it is handed to a runner: what to fetch, with which variables, and what to run. */
import { repositoryUrl } from '../ci/predefined.ts'
import { type JobContext, jobContext, runningOnInstanceRunners } from '../db/job-context.ts'
import { finishedDependencies, type JobDependency } from '../db/job-dependencies.ts'
import type { Tx } from '../db/open.ts'
import type { Variable } from '../domain/plan.ts'
import { pipelineRef } from '../git/ref-name.ts'
import type { App } from './context.ts'
import { runnerVariables } from './job-variables.ts'

export interface JobOrder {
  readonly job: JobContext
  readonly token: string
  readonly variables: readonly Variable[]
  readonly git: { readonly url: string; readonly refspecs: readonly string[]; readonly depth: number }
  /** Seconds: the smallest of the job's, the project's and the runner's limits. */
  readonly timeout: number
  readonly dependencies: readonly JobDependency[]
  /** Jobs of the project that instance runners run besides this one, as GitLab words it: `+Inf` on another runner, `5+` for many. */
  readonly besides: string
}

/** Assembles the order of a job that was just assigned. */
export async function jobOrder(app: App, tx: Tx, jobId: number, token: string): Promise<JobOrder> {
  const job = await jobContext(tx, jobId)
  if (!job) throw new Error(`job ${jobId} is gone`)
  const limit = job.runner?.maximumTimeout ?? null
  const timeout = limit !== null && limit > 0 ? Math.min(job.timeout, limit) : job.timeout
  const variables = await runnerVariables(app, tx, job, { token, timeout })
  const depth = depthOf(job, variables)
  return {
    job,
    token,
    variables,
    git: {
      url: repositoryUrl(app.externalUrl, job.project.fullPath, token),
      refspecs: refspecs(job, depth),
      depth,
    },
    timeout,
    dependencies: await finishedDependencies(tx, jobId),
    besides: await besides(tx, job),
  }
}

/** GitLab's highest bucket: runners make a metric of the answer. */
const many = 5

async function besides(tx: Tx, job: JobContext): Promise<string> {
  if (job.runner?.type !== 'instance_type') return '+Inf'
  const count = await runningOnInstanceRunners(tx, job.project.id, many)
  return count < many ? String(count) : `${many}+`
}

/**
 * The pipeline's own ref keeps the commit reachable whatever happens to the branch; with the whole history come all branches and
 * tags (reference D7).
 */
function refspecs(job: JobContext, depth: number): string[] {
  const { id, ref, tag } = job.pipeline
  const own = `+${pipelineRef(id)}:${pipelineRef(id)}`
  if (depth === 0) return [own, '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
  return tag ? [own, `+refs/tags/${ref}:refs/tags/${ref}`] : [own, `+refs/heads/${ref}:refs/remotes/origin/${ref}`]
}

/** `GIT_DEPTH` of the job, else the project's; 0 fetches everything. */
function depthOf(job: JobContext, variables: readonly Variable[]): number {
  const asked = variables.findLast((variable) => variable.key === 'GIT_DEPTH')?.value
  const depth = asked === undefined ? job.project.gitDepth : Number(asked)
  return depth !== null && Number.isSafeInteger(depth) && depth >= 0 ? depth : 0
}
