/** Pipelines as a test looks at them: statuses by job name, and the background work that a running server would do. */
import { tendBridges } from '../../src/app/tend-bridges.ts'
import type { TestServer } from './server.ts'
import type { TestRunner } from './test-runner.ts'

/** Does all that is due for trigger jobs, as the background task does. */
export async function tend(server: TestServer): Promise<void> {
  for (let round = 0; await tendBridges(server.app); round += 1) {
    if (round > 100) throw new Error('trigger jobs do not come to rest')
  }
}

/** Status of each current job of a pipeline. */
export async function statuses(server: TestServer, pipelineId: number): Promise<Record<string, string>> {
  const rows = await server.db
    .selectFrom('jobs')
    .select(['name', 'status'])
    .where('pipeline_id', '=', pipelineId)
    .where('retried', '=', false)
    .orderBy('id')
    .execute()
  return Object.fromEntries(rows.map((row) => [row.name, row.status]))
}

export async function pipelineStatus(server: TestServer, pipelineId: number): Promise<string> {
  const row = await server.db
    .selectFrom('pipelines')
    .select('status')
    .where('id', '=', pipelineId)
    .executeTakeFirstOrThrow()
  return row.status
}

/** The current job of this name. */
export async function jobNamed(server: TestServer, pipelineId: number, name: string) {
  return server.db
    .selectFrom('jobs')
    .selectAll()
    .where('pipeline_id', '=', pipelineId)
    .where('name', '=', name)
    .where('retried', '=', false)
    .executeTakeFirstOrThrow()
}

/** The downstream pipeline of a trigger job. */
export async function downstreamOf(server: TestServer, pipelineId: number, bridge: string) {
  return server.db
    .selectFrom('pipelines as d')
    .innerJoin('jobs as b', 'b.downstream_pipeline_id', 'd.id')
    .selectAll('d')
    .where('b.pipeline_id', '=', pipelineId)
    .where('b.name', '=', bridge)
    .where('b.retried', '=', false)
    .executeTakeFirstOrThrow()
}

/** Takes the next job, which must have this name, and ends it. */
export async function run(
  runner: TestRunner,
  name: string,
  state: 'success' | 'failed' = 'success',
  more: object = {},
): Promise<void> {
  const job = await runner.request()
  if (job?.job_info.name !== name) throw new Error(`expected the job ${name}, not ${job?.job_info.name ?? 'none'}`)
  await runner.finish(job, state, more)
}
