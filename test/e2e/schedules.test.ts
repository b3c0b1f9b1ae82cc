/** Two servers that are killed with SIGKILL again and again while schedules are due: each due time makes one pipeline. */
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aServerProcess, type ServerProcess } from '../helpers/server-process.ts'

const rounds = 2
const schedules = 16
/** The pairs are killed this long after both answer, in milliseconds, one moment a round. */
const moments = [0, 150]

/** Has the database and the repositories, and no background tasks. */
let server: TestServer
let world: DeploymentWorld
let processes: ServerProcess[]

beforeAll(async () => {
  server = await startTestServer()
  world = await aDeploymentWorld(server)
  await push(world, 'nightly: {script: [echo]}')
  const env = {
    DATABASE_URL: server.database.url,
    COUNTERSIGN_DATA_DIR: server.dataDir,
    COUNTERSIGN_ROOT_TOKEN: server.rootToken,
  }
  processes = [await aServerProcess(env), await aServerProcess(env)]
})
afterAll(async () => {
  for (const one of processes) await one.dispose()
  await server.stop()
})

it('kill -9 while schedules are due loses no due time and makes none twice', async () => {
  const api = server.api(world.developer.token)
  for (let number = 0; number < schedules; number += 1) {
    const body = { description: `yearly ${number}`, ref: 'main', cron: '0 0 1 1 *' }
    expect((await api.post(`/projects/${world.project.id}/pipeline_schedules`, body)).status).toBe(201)
  }
  for (let round = 0; round < rounds; round += 1) {
    await inTransaction(server.app.db, (tx) =>
      sql`update pipeline_schedules set next_run_at = now() - interval '1 second'`.execute(tx),
    )
    await Promise.all(processes.map((one) => one.start()))
    await delay(moments[round] ?? 0)
    await Promise.all(processes.map((one) => one.kill()))
    await Promise.all(processes.map((one) => one.start()))
    await allDone()
    await Promise.all(processes.map((one) => one.kill()))
  }
  const { rows } = await sql<{ made: number }>`
    select count(p.id)::int as made from pipeline_schedules s left join pipelines p on p.schedule_id = s.id group by s.id`.execute(
    server.db,
  )
  expect(rows.map((row) => row.made)).toEqual(Array.from({ length: schedules }, () => rounds))
}, 120_000)

/** No schedule is due any more. */
async function allDone(): Promise<void> {
  const end = Date.now() + 30_000
  while (Date.now() < end) {
    const { rows } = await sql<{ due: number }>`
      select count(*)::int as due from pipeline_schedules where next_run_at <= now()`.execute(server.db)
    if (rows[0]?.due === 0) return
    await delay(50)
  }
  throw new Error('schedules stay due')
}
