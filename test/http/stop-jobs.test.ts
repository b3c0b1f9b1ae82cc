/** Stopping with jobs, by hand and by timer, with pipelines and a runner. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tendEnvironments } from '../../src/app/tend-environments.ts'
import type { Environment } from '../../src/db/environments.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aDeploymentWorld, type DeploymentWorld, protect, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'

const file = `
deploy:
  script: [echo]
  environment: {name: review/x, on_stop: stop}
stop:
  script: [echo]
  when: manual
  needs: []
  environment: {name: review/x, action: stop}
other:
  script: [echo]
  when: manual
  environment: {name: review/x, action: access}
`
const minute = 60_000
const day = 24 * 60 * minute

let server: TestServer
let world: DeploymentWorld
let runner: TestRunner
let pipelineId: number
let environment: Environment

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())

/** `review/x` is deployed, and its stop job waits. */
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  runner = await aRunner(server, { projectId: world.project.id })
  pipelineId = (await push(world, file)).pipelineId
  await run('deploy')
  environment = await now()
  expect(environment).toMatchObject({ name: 'review/x', state: 'available' })
})

async function run(name: string): Promise<void> {
  const job = await runner.request()
  expect(job?.job_info.name).toBe(name)
  if (job) await runner.finish(job)
}

async function now(): Promise<Environment> {
  return server.db
    .selectFrom('environments')
    .selectAll()
    .where('project_id', '=', world.project.id)
    .executeTakeFirstOrThrow()
}

async function jobs(): Promise<Record<string, string>> {
  const rows = await server.db
    .selectFrom('jobs')
    .select(['name', 'status'])
    .where('pipeline_id', '=', pipelineId)
    .where('retried', '=', false)
    .execute()
  return Object.fromEntries(rows.map((row) => [row.name, row.status]))
}

async function set(values: Partial<Environment>): Promise<void> {
  const { id: _, ...columns } = { id: 0, ...values }
  await inTransaction(server.db, (tx) =>
    tx.updateTable('environments').set(columns).where('id', '=', environment.id).execute(),
  )
}

const stop = (body: object = {}, by = world.developer) =>
  server.api(by.token).post(`/projects/${world.project.id}/environments/${environment.id}/stop`, body)

describe('by hand', () => {
  test('starts the stop job, and the environment is stopped when it has succeeded', async () => {
    expect(await stop()).toMatchObject({ status: 200, body: { state: 'stopping' } })
    expect(await jobs()).toEqual({ deploy: 'success', stop: 'pending', other: 'manual' })
    // A second call changes nothing.
    expect(await stop()).toMatchObject({ status: 200, body: { state: 'stopping' } })
    await run('stop')
    expect(await now()).toMatchObject({ state: 'stopped' })
    const job = await server.db
      .selectFrom('jobs')
      .select('user_id')
      .where('name', '=', 'stop')
      .where('pipeline_id', '=', pipelineId)
      .executeTakeFirst()
    expect(job?.user_id).toBe(world.developer.id)
  })

  test('force starts nothing', async () => {
    expect(await stop({ force: true })).toMatchObject({ status: 200, body: { state: 'stopped' } })
    expect(await jobs()).toMatchObject({ stop: 'manual' })
  })

  test('a stop job that ran before runs again', async () => {
    await stop()
    await run('stop')
    await set({ state: 'available' })
    expect(await stop()).toMatchObject({ body: { state: 'stopping' } })
    expect(await jobs()).toMatchObject({ stop: 'pending' })
    await run('stop')
    expect(await now()).toMatchObject({ state: 'stopped' })
  })

  test('two calls at once start it once', async () => {
    await Promise.all([stop(), stop(), stop(), stop()])
    const started = await server.db
      .selectFrom('jobs')
      .select('id')
      .where('pipeline_id', '=', pipelineId)
      .where('name', '=', 'stop')
      .execute()
    expect(started).toHaveLength(1)
    expect(await jobs()).toMatchObject({ stop: 'pending' })
  })

  test('protection keeps others from stopping, and the stop job waits on', async () => {
    await protect(world, { name: 'review/x', deploy_access_levels: [{ access_level: 40 }] })
    expect((await stop()).status).toBe(403)
    expect(await jobs()).toMatchObject({ stop: 'manual' })
    expect((await stop({}, world.maintainer)).body).toMatchObject({ state: 'stopping' })
    expect(await jobs()).toMatchObject({ stop: 'pending' })
  })
})

describe('by timer', () => {
  test('an environment whose time is over is stopped as its job’s user', async () => {
    await set({ auto_stop_at: new Date(Date.now() + minute) })
    await tendEnvironments(server.app)
    expect(await now()).toMatchObject({ state: 'available' })
    await set({ auto_stop_at: new Date(Date.now() - 1000) })
    await Promise.all([tendEnvironments(server.app), tendEnvironments(server.app)])
    expect(await now()).toMatchObject({ state: 'stopping' })
    expect(await jobs()).toMatchObject({ stop: 'pending' })
    await run('stop')
    expect(await now()).toMatchObject({ state: 'stopped', auto_stop_at: null })
  })

  test('a job of somebody who may not act any more is not started', async () => {
    await set({ auto_stop_at: new Date(Date.now() - 1000) })
    await inTransaction(server.db, (tx) =>
      tx.updateTable('users').set({ state: 'blocked' }).where('id', '=', world.developer.id).execute(),
    )
    await tendEnvironments(server.app)
    expect(await jobs()).toMatchObject({ stop: 'manual' })
  })

  test('a stop job that a crash left waiting is started', async () => {
    await set({ state: 'stopping', updated_at: new Date(Date.now() - 2 * minute) })
    await tendEnvironments(server.app)
    expect(await jobs()).toMatchObject({ stop: 'pending' })
    expect(await now()).toMatchObject({ state: 'stopping' })
  })

  test('an environment that is stopping for more than a week is open again', async () => {
    await stop()
    const job = await runner.request()
    if (job) await runner.finish(job, 'failed')
    await tendEnvironments(server.app)
    expect(await now()).toMatchObject({ state: 'stopping' })
    await set({ updated_at: new Date(Date.now() - 8 * day) })
    await tendEnvironments(server.app)
    expect(await now()).toMatchObject({ state: 'available' })
  })

  test('a review app that was cleaned up is deleted when its week is over, unless it is used again', async () => {
    await set({ state: 'stopped', auto_delete_at: new Date(Date.now() + minute) })
    await tendEnvironments(server.app)
    expect(await now()).toMatchObject({ state: 'stopped' })
    await set({ auto_delete_at: new Date(Date.now() - 1000) })
    await push(world, file)
    await run('deploy')
    expect(await now()).toMatchObject({ state: 'available', auto_delete_at: null })
    await stop({ force: true })
    await tendEnvironments(server.app)
    expect(await now()).toMatchObject({ state: 'stopped' })
    await set({ auto_delete_at: new Date(Date.now() - 1000) })
    await tendEnvironments(server.app)
    await expect(now()).rejects.toThrow(/no result/)
  })
})

test('deleting an environment while a job still waits to deploy there fails that job instead of running it', async () => {
  await push(world, file)
  await stop({ force: true })
  const answer = await server
    .api(world.developer.token)
    .delete(`/projects/${world.project.id}/environments/${environment.id}`)
  expect(answer.status).toBe(204)
  expect(await runner.request()).toBeNull()
  const job = await server.db
    .selectFrom('jobs')
    .select(['status', 'failure_reason'])
    .where('name', '=', 'deploy')
    .where('project_id', '=', world.project.id)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  expect(job).toEqual({ status: 'failed', failure_reason: 'environment_creation_failure' })
})
