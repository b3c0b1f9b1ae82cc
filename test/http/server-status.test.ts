import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerStatus } from '../../src/contract/server-status.ts'
import { version } from '../../src/version.ts'
import { startWorker } from '../../src/worker/worker.ts'
import { aUser } from '../helpers/builders.ts'
import { aDeploymentWorld, inviteOperators, protect, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const status = async () => (await server.api(server.rootToken).get<ServerStatus>('/server/status')).body

describe('GET /server/status', () => {
  it('is for administrators', async () => {
    const user = await aUser(server)
    expect((await server.api().get('/server/status')).status).toBe(401)
    expect((await server.api(user.token).get('/server/status')).status).toBe(403)
    expect((await server.api(server.rootToken).get('/server/status')).status).toBe(200)
  })

  it('has versions, the database, this server, and the disk', async () => {
    const { database, servers, storage, ...rest } = await status()
    expect(rest).toMatchObject({ version, node_version: process.version, external_url: server.url })
    expect(database).toMatchObject({ kind: 'external', version: expect.stringMatching(/^\d/) })
    expect(database.size).toBeGreaterThan(1_000_000)
    expect(database.migration).toBeGreaterThan(0)
    expect(servers).toHaveLength(1)
    expect(storage.free).toBeLessThanOrEqual(storage.total)
  })

  it('counts what waits', async () => {
    const world = await aDeploymentWorld(server)
    const before = await status()
    expect(before.queue).toMatchObject({ pending: 0, oldest_pending_at: null })
    // The next commit of the branch would cancel it.
    await push(world, 'workflow: { auto_cancel: { on_new_commit: none } }\nbuild:\n  script: make\n')
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ access_level: 30 }],
      required_approval_count: 1,
    })
    await push(world)
    const after = await status()
    expect(after.queue).toEqual({
      pending: 1,
      oldest_pending_at: expect.any(String),
      running: 0,
      waiting_for_approval: 1,
    })
    expect(after.counts.deployments).toBe(before.counts.deployments + 1)
  })

  it('tells what the background tasks did', async () => {
    let runs = 0
    const well = { name: 'well', every: 10_000, run: async () => {} }
    const bad = {
      name: 'bad',
      every: 1,
      run: async () => {
        runs += 1
        throw new Error('no luck')
      },
    }
    const worker = startWorker(server.app, [well, bad])
    await expect.poll(() => runs).toBeGreaterThan(1)
    await worker.stop()
    const [first, second] = (await status()).background_tasks
    expect(first).toEqual({
      name: 'well',
      every: 10,
      last_run_at: expect.any(String),
      last_duration: expect.any(Number),
      error: null,
      failures: 0,
    })
    expect(second).toMatchObject({ name: 'bad', error: 'no luck', failures: runs })
  })
})
