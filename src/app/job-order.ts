/** A job as it is handed to a runner: what to fetch, with which variables, and what to run. */
import { repositoryUrl } from '../ci/predefined.ts'
import { type JobContext, jobContext } from '../db/job-context.ts'
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
}

/** Assembles the order of a job that was just assigned. */
export async function jobOrder(app: App, tx: Tx, jobId: number, token: string): Promise<JobOrder> {
  const job = await jobContext(tx, jobId)
  if (!job) throw new Error(`job ${jobId} is gone`)
  const limit = job.runner?.maximumTimeout ?? null
  const timeout = limit !== null && limit > 0 ? Math.min(job.timeout, limit) : job.timeout
  const variables = await runnerVariables(app, tx, job, { token, timeout })
  return {
    job,
    token,
    variables,
    git: {
      url: repositoryUrl(app.externalUrl, job.project.fullPath, token),
      refspecs: refspecs(job),
      depth: depthOf(job, variables),
    },
    timeout,
    dependencies: await finishedDependencies(tx, jobId),
  }
}

/** The pipeline's own ref keeps the commit reachable whatever happens to the branch (reference D7). */
function refspecs(job: JobContext): string[] {
  const { id, ref, tag } = job.pipeline
  const own = `+${pipelineRef(id)}:${pipelineRef(id)}`
  return tag ? [own, `+refs/tags/${ref}:refs/tags/${ref}`] : [own, `+refs/heads/${ref}:refs/remotes/origin/${ref}`]
}

/** `GIT_DEPTH` of the job, else the project's; 0 fetches everything. */
function depthOf(job: JobContext, variables: readonly Variable[]): number {
  const asked = variables.findLast((variable) => variable.key === 'GIT_DEPTH')?.value
  const depth = asked === undefined ? job.project.gitDepth : Number(asked)
  return depth !== null && Number.isSafeInteger(depth) && depth >= 0 ? depth : 0
}
