/** From the last approval being answered to a waiting runner holding the job. */
import {
  aDeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  vote,
} from '../test/helpers/deployment-world.ts'
import { aRunner } from '../test/helpers/test-runner.ts'
import { startBenchServer } from './lib/bench-server.ts'
import { median, percentile, table } from './lib/numbers.ts'
import { asTestServer } from './votes.ts'

const samples = 150

export async function run(): Promise<void> {
  const bench = await startBenchServer()
  try {
    const server = asTestServer(bench)
    const world = await aDeploymentWorld(server)
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      required_approval_count: 1,
    })
    const runner = await aRunner(server, { projectId: world.project.id })
    const afterAnswer: number[] = []
    const afterRequest: number[] = []
    for (let sample = 0; sample < samples + 10; sample += 1) {
      const { pipelineId } = await push(world)
      const { id } = await deploymentOf(world, pipelineId)
      const held = runner.request().then((job) => ({ job, at: performance.now() }))
      await listening(bench.app.db)
      const asked = performance.now()
      await vote(world, id, world.maintainer, { status: 'approved' })
      const answered = performance.now()
      const { job, at } = await held
      if (!job) throw new Error('no job')
      await runner.finish(job)
      if (sample < 10) continue
      afterAnswer.push(Math.max(at - answered, 0))
      afterRequest.push(at - asked)
    }
    const row = (what: string, values: number[]) => ({
      what,
      'p50 ms': median(values),
      'p99 ms': percentile(values, 0.99),
    })
    table(`Last approval to a waiting runner holding the job, ${samples} samples`, [
      row('since the vote was answered', afterAnswer),
      row('since the vote was sent', afterRequest),
    ])
  } finally {
    await bench.stop()
  }
}

/** The runner's request has looked for a job and found none: two quick reads later it waits. */
async function listening(db: Parameters<typeof aRunner>[0]['db']): Promise<void> {
  for (let look = 0; look < 5; look += 1) await db.selectFrom('settings').selectAll().execute()
}
