/** Due schedules under several servers, failures half-way, and people who change their minds meanwhile: one pipeline for one time. */
import { rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { runDueSchedules } from '../../src/app/run-due-schedules.ts'
import { lockSchedule } from '../../src/db/pipeline-schedules.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createPipelineRef } from '../../src/git/refs.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let now = new Date('2026-03-02T10:30:00Z')
let server: TestServer
let second: TestServer
let world: DeploymentWorld

beforeAll(async () => {
  server = await startTestServer({ now: () => now })
  second = await startTestServer({ now: () => now, database: server.database, dataDir: server.dataDir })
})
afterAll(async () => {
  await second.stop()
  await server.stop()
})
beforeEach(async () => {
  now = new Date('2026-03-02T10:30:00Z')
  world = await aDeploymentWorld(server)
  await push(world, 'nightly: {script: [echo]}')
})

const base = () => `/projects/${world.project.id}/pipeline_schedules`

async function aSchedule(): Promise<number> {
  const body = { description: 'every hour', ref: 'main', cron: '0 * * * *' }
  const made = await server.api(world.developer.token).post<{ id: number }>(base(), body)
  return made.body.id
}

async function madeBy(ids: readonly number[]): Promise<number[]> {
  const rows = await server.db.selectFrom('pipelines').select('schedule_id').where('schedule_id', 'in', ids).execute()
  return rows.map((row) => row.schedule_id ?? 0).toSorted((a, b) => a - b)
}

it('several servers that look at the same moment make one pipeline for each due time', async () => {
  const ids = [await aSchedule(), await aSchedule(), await aSchedule(), await aSchedule()]
  for (const hour of ['11', '12']) {
    now = new Date(`2026-03-02T${hour}:00:00Z`)
    await Promise.all([server, second, server, second].map(({ app }) => runDueSchedules(app)))
  }
  expect(await madeBy(ids)).toEqual(ids.flatMap((id) => [id, id]))
})

it('a server that dies before the commit leaves the time due, and it is made once', async () => {
  const id = await aSchedule()
  now = new Date('2026-03-02T11:00:00Z')
  const { path } = server.app.repositories.open(world.project.id)
  // The last thing that can fail inside the transaction: git does not take the pipeline's ref.
  await createPipelineRef(server.app.repositories.open(world.project.id), 2_000_000_000, await head())
  await rename(`${path}/refs/pipelines`, `${path}/refs/elsewhere`)
  await writeFile(`${path}/refs/pipelines`, 'in the way')
  await runDueSchedules(server.app)
  expect(await madeBy([id])).toEqual([])
  await rm(`${path}/refs/pipelines`)
  await Promise.all([runDueSchedules(server.app), runDueSchedules(second.app)])
  expect(await madeBy([id])).toEqual([id])
})

it('whoever turns it off while it is being made is obeyed', async () => {
  const id = await aSchedule()
  now = new Date('2026-03-02T11:00:00Z')
  let looking: Promise<void> | undefined
  await inTransaction(server.db, async (tx) => {
    await lockSchedule(tx, id)
    looking = runDueSchedules(second.app)
    await waitingForLock()
    await tx.updateTable('pipeline_schedules').set({ active: false }).where('id', '=', id).execute()
  })
  await looking
  expect(await madeBy([id])).toEqual([])
})

it('T3 whoever loses their access while it is being made makes nothing', async () => {
  const id = await aSchedule()
  now = new Date('2026-03-02T11:00:00Z')
  let looking: Promise<void> | undefined
  await inTransaction(server.db, async (tx) => {
    await lockSchedule(tx, id)
    looking = runDueSchedules(second.app)
    await waitingForLock()
    await tx.deleteFrom('members').where('user_id', '=', world.developer.id).execute()
  })
  await looking
  expect(await madeBy([id])).toEqual([])
  const after = await server.db.selectFrom('pipeline_schedules').selectAll().where('id', '=', id).executeTakeFirst()
  expect(after?.active).toBe(false)
})

async function head(): Promise<string> {
  const rows = await server.db
    .selectFrom('pipelines')
    .select('sha')
    .where('project_id', '=', world.project.id)
    .executeTakeFirstOrThrow()
  return rows.sha
}

/** Somebody waits for a lock in this database. */
async function waitingForLock(): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`.execute(server.db)
    if ((rows[0]?.waiting ?? 0) > 0) return
    await delay(10)
  }
  throw new Error('nobody waits for the lock')
}
