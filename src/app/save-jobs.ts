/** The jobs of a plan as rows, each with its environment, resource group and deployment. */
import { jobNameVariables } from '../ci/predefined.ts'
import { DEFAULT_EXPANSION, expandPlain, makeCollection } from '../ci/variable-expansion.ts'
import { insertDeployment } from '../db/deployments.ts'
import { insertJobs } from '../db/new-pipeline.ts'
import type { Tx } from '../db/open.ts'
import { ensureResourceGroup } from '../db/resource-groups.ts'
import type { EnvironmentPlan, JobPlan, PipelinePlan } from '../domain/plan.ts'
import type { App } from './context.ts'
import type { PipelineRequest } from './create-pipeline.ts'
import { ensureEnvironment } from './ensure-environment.ts'

export interface JobsToSave {
  readonly pipelineId: number
  readonly request: PipelineRequest
  readonly plan: PipelinePlan
}

/** GitLab's longest job timeout: one month. */
const timeoutLimit = 30 * 24 * 3600

export async function saveJobs(app: App, tx: Tx, { pipelineId, request, plan }: JobsToSave): Promise<void> {
  const { project, actor } = request
  const environments = new Map<string, number | null>()
  const prepared = []
  for (const job of plan.jobs) {
    prepared.push({
      pipelineId,
      projectId: project.id,
      plan: job,
      userId: actor.userId,
      environmentId:
        job.environment === null ? null : await environmentId(app, tx, request, job, job.environment, environments),
      resourceGroupId: job.resourceGroup === null ? null : await ensureResourceGroup(tx, project, job.resourceGroup),
      timeout: Math.min(job.timeout ?? project.build_timeout, timeoutLimit),
    })
  }
  const ids = await insertJobs(tx, prepared)
  for (const [index, job] of prepared.entries()) {
    const environment = job.plan.environment
    // Only `start` deploys; prepare, verify, access and stop have an environment but no deployment (reference A15).
    if (environment?.action !== 'start' || job.environmentId === null) continue
    await insertDeployment(tx, {
      projectId: project.id,
      environmentId: job.environmentId,
      pipelineId,
      jobId: ids[index] ?? null,
      // Behind a trigger job, whoever asked for the first pipeline: they cannot approve what they set going (threat T12).
      userId: request.upstream?.requesterId ?? actor.userId,
      ref: request.ref,
      tag: request.refType === 'tag',
      sha: request.sha,
      onStop: environment.onStop,
    })
  }
}

/** Null when no environment can have this name: the job then fails when its turn comes. */
async function environmentId(
  app: App,
  tx: Tx,
  request: PipelineRequest,
  job: JobPlan,
  environment: EnvironmentPlan,
  known: Map<string, number | null>,
): Promise<number | null> {
  const seen = known.get(environment.name)
  if (seen !== undefined) return seen
  const url = environment.url === null ? null : expandUrl(job, environment.url)
  const made = await ensureEnvironment(tx, {
    projectId: request.project.id,
    name: environment.name,
    tier: environment.tier,
    externalUrl: url,
    autoStopAt: null,
  })
  const id = 'id' in made ? made.id : null
  if ('invalid' in made)
    app.log.info({ project: request.project.id, job: job.name, problem: made.invalid }, 'environment not created')
  known.set(environment.name, id)
  return id
}

/** As far as it is known before the job runs; the rest is filled in when it succeeds. */
function expandUrl(job: JobPlan, url: string): string | null {
  const names = jobNameVariables({ ...job, manual: false })
  const expanded = expandPlain(url, makeCollection([...names, ...job.variables], DEFAULT_EXPANSION).value)
  return expanded.includes('$') ? null : expanded
}
