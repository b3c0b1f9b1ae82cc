/** Jobs as people see them over the API, for tests in which a runner works by itself. */
import type { JobEntity } from '../../src/contract/jobs.ts'
import type { DeploymentWorld } from './deployment-world.ts'
import { until } from './until.ts'

const over = ['success', 'failed', 'canceled', 'skipped']

/** The current job of this name. */
export async function jobCalled(world: DeploymentWorld, pipelineId: number, name: string): Promise<JobEntity> {
  const path = `/projects/${world.project.id}/pipelines/${pipelineId}/jobs?per_page=100`
  const { body } = await world.server.api(world.maintainer.token).get<JobEntity[]>(path)
  const found = body.find((job) => job.name === name)
  if (!found) throw new Error(`pipeline ${pipelineId} has no job ${name}`)
  return found
}

/** Waits until the job has one of these statuses. */
export async function jobIs(
  world: DeploymentWorld,
  pipelineId: number,
  name: string,
  ...statuses: string[]
): Promise<JobEntity> {
  return until(`job ${name} to be ${statuses.join(' or ')}`, async () => {
    const job = await jobCalled(world, pipelineId, name)
    return statuses.includes(job.status) ? job : undefined
  })
}

/** Waits until the job is over, then answers it with its log. */
export async function jobEnd(
  world: DeploymentWorld,
  pipelineId: number,
  name: string,
): Promise<{ readonly job: JobEntity; readonly log: string }> {
  const job = await jobIs(world, pipelineId, name, ...over)
  return { job, log: await logOf(world, job.id) }
}

/** Waits until the whole pipeline is over, and answers its status. */
export async function pipelineEnd(world: DeploymentWorld, pipelineId: number, limitMs?: number): Promise<string> {
  const path = `/projects/${world.project.id}/pipelines/${pipelineId}`
  return until(
    `the end of pipeline ${pipelineId}`,
    async () => {
      const { body } = await world.server.api(world.maintainer.token).get<{ status: string }>(path)
      return over.includes(body.status) ? body.status : undefined
    },
    limitMs,
  )
}

export async function logOf(world: DeploymentWorld, jobId: number): Promise<string> {
  const path = `/projects/${world.project.id}/jobs/${jobId}/trace`
  const { body } = await world.server.api(world.maintainer.token).get<string | null>(path)
  return body ?? ''
}

/** Waits until the log says so. */
export async function logged(world: DeploymentWorld, jobId: number, text: string): Promise<string> {
  return until(`the log of job ${jobId} to say ${text}`, async () => {
    const log = await logOf(world, jobId)
    return log.includes(text) ? log : undefined
  })
}

const escape = '\u001b'
const control = new RegExp(`${escape}\\[[0-9;]*[mK]|\r`, 'g')
const sectionMark = /section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?/g

/** The text of a log as somebody reads it: without times, colours, and the marks of sections. */
export function readable(log: string): string {
  return log
    .replaceAll(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z \d\d[OE][ +]/gm, '')
    .replaceAll(control, '')
    .replaceAll(sectionMark, '')
}
