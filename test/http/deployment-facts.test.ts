/** The Deployments API fact by fact: section 1 of the reference gitlab-deployments.md. Lists are in deployment-list.test.ts, votes in approval-facts.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeploymentExtended } from '../../src/contract/deployments.ts'
import { aMember, aUser, type TestUser, unique } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, deploymentOf, protect, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let world: DeploymentWorld
let outsider: TestUser
let guest: TestUser
let reporter: TestUser
/** Two commits of `main`, the older one first. */
let shas: [string, string]
/** `…/deployments` of the project. */
let base: string

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
  world = await aDeploymentWorld(server)
  outsider = await aUser(server)
  guest = await aMember(server, { project: world.project }, 'guest')
  reporter = await aMember(server, { project: world.project }, 'reporter')
  const file = 'build: {script: [x]}'
  shas = [(await push(world, file)).sha, (await push(world, file)).sha]
  base = `/projects/${world.project.id}/deployments`
})
afterAll(() => server.stop())

const as = (user: TestUser) => server.api(user.token)

/** Records a deployment of the newest commit as an external tool would. */
const record = (environment: string, more: object = {}, by = world.developer) =>
  as(by).post<DeploymentExtended>(base, {
    environment,
    sha: shas[1],
    ref: 'main',
    tag: false,
    status: 'success',
    ...more,
  })

const forbidden = { status: 403, body: { message: '403 Forbidden' } }
const noRecord = { status: 404, body: { message: '404 Not found' } }
const noProject = { status: 404, body: { message: '404 Project Not Found' } }

describe('1 common', () => {
  test('authentication, then parameters, then the project, then the ability, then the record', async () => {
    const bad = `${base}?status=gone`
    const badParameter = { status: 400, body: { error: 'status does not have a valid value' } }
    const unknown = `${base}/2000000000`
    const unauthorized = { status: 401, body: { message: '401 Unauthorized' } }
    expect(await server.api().get(bad)).toMatchObject(unauthorized)
    expect(await as(outsider).get(bad)).toMatchObject(badParameter)
    expect(await as(guest).get(bad)).toMatchObject(badParameter)
    expect(await as(outsider).get(unknown)).toMatchObject(noProject)
    expect(await as(guest).get(unknown)).toMatchObject(forbidden)
    expect(await as(reporter).get(unknown)).toMatchObject(noRecord)
    expect(await as(guest).post(`${unknown}/approval`, { status: 'approved' })).toMatchObject(forbidden)
    expect(await as(reporter).post(`${unknown}/approval`, { status: 'approved' })).toMatchObject(noRecord)
  })

  test('a project is an id or a full path', async () => {
    const made = (await record(unique('env'))).body.id
    const path = `/projects/${encodeURIComponent(world.project.full_path)}/deployments/${made}`
    expect(await as(reporter).get(path)).toMatchObject({ status: 200, body: { id: made } })
  })
})

const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

describe('1.2, 1.3 one deployment', () => {
  test('of a job: with its creator, its environment and its job; no rules and no votes are empty lists', async () => {
    const { pipelineId, sha } = await push(
      world,
      'ship: {script: [x], environment: {name: site, url: "https://x.org"}}',
    )
    const { id, jobId } = await deploymentOf(world, pipelineId, 'site')
    const { status, body } = await as(reporter).get<DeploymentExtended>(`${base}/${id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id,
      iid: expect.any(Number),
      ref: 'main',
      sha,
      created_at: timestamp,
      updated_at: timestamp,
      status: 'created',
      user: { id: world.developer.id, username: world.developer.username, name: world.developer.name, state: 'active' },
      environment: { name: 'site', slug: 'site', created_at: timestamp, updated_at: timestamp },
      deployable: { id: jobId, name: 'ship', status: 'pending', pipeline: { id: pipelineId }, commit: { id: sha } },
      pending_approval_count: 0,
      approvals: [],
      approval_summary: { rules: [] },
    })
  })

  test('of a trigger job: that is its deployable', async () => {
    const file = 'bridge: {trigger: {include: child.yml}, environment: downstream}'
    const { pipelineId } = await push(world, file, world.developer, { 'child.yml': 'there: {script: [x]}' })
    const { id } = await deploymentOf(world, pipelineId, 'downstream')
    expect((await as(reporter).get(`${base}/${id}`)).body).toMatchObject({ deployable: { name: 'bridge' } })
  })

  test('of another project, by its iid, or of nobody: 404 for a member, and no project for a stranger', async () => {
    const elsewhere = await aDeploymentWorld(server)
    const theirs = await push(elsewhere, 'ship: {script: [x], environment: site}')
    const { id } = await deploymentOf(elsewhere, theirs.pipelineId, 'site')
    for (const wrong of [id, 2_000_000_000]) expect(await as(reporter).get(`${base}/${wrong}`)).toMatchObject(noRecord)
    // The id is the whole server's, the iid is the project's.
    const at = `/projects/${elsewhere.project.id}/deployments`
    expect(await as(elsewhere.developer).get(`${at}/${id}`)).toMatchObject({ status: 200, body: { id, iid: 1 } })
    expect(await as(elsewhere.developer).get(`${at}/1`)).toMatchObject(noRecord)
    expect(await as(reporter).get(`${at}/${id}`)).toMatchObject(noProject)
  })
})

describe('1.4 recording a deployment', () => {
  test('makes the environment, and answers 201 with the extended deployment', async () => {
    const name = unique('env')
    expect(await record(name, { status: 'running' })).toMatchObject({
      status: 201,
      body: {
        status: 'running',
        sha: shas[1],
        ref: 'main',
        user: { id: world.developer.id },
        environment: { name, external_url: null },
        deployable: null,
        pending_approval_count: 0,
        approvals: [],
        approval_summary: { rules: [] },
      },
    })
  })

  test.each(['running', 'success', 'failed', 'canceled'])('as %s', async (status) => {
    const { status: code, body } = await record(unique('env'), { status })
    expect([code, body.status]).toEqual([201, status])
    // 2.1: what is over has the time when it ended; a success is what is deployed.
    const row = await server.db.selectFrom('deployments').selectAll().where('id', '=', body.id).executeTakeFirst()
    expect(row?.finished_at === null).toBe(status === 'running')
    const environment = `/projects/${world.project.id}/environments/${body.environment.id}`
    const { last_deployment } = (await as(reporter).get<{ last_deployment: { id: number } | null }>(environment)).body
    expect(last_deployment?.id ?? null).toBe(status === 'success' ? body.id : null)
  })

  test.each<[string, object, object]>([
    ['an unknown ref', { ref: 'gone' }, { message: { ref: ['The branch or tag does not exist'] } }],
    ['… before the name', { ref: 'gone', environment: 'a b!' }, { message: { ref: [expect.any(String)] } }],
    [
      'an impossible name',
      { environment: 'a b!' },
      { message: { name: [expect.stringMatching(/^can contain only/)] } },
    ],
    ['… before the commit', { environment: 'a b!', sha: 'f'.repeat(40) }, { message: { name: [expect.any(String)] } }],
    ['an unknown commit', { sha: 'f'.repeat(40) }, { message: { sha: ['The commit does not exist'] } }],
    ['no commit at all', { sha: 'main' }, { message: { sha: ['The commit does not exist'] } }],
    ['a status that only jobs have', { status: 'blocked' }, { error: 'status does not have a valid value' }],
    ['no tag', { tag: undefined }, { error: 'tag is missing' }],
    ['nothing', { environment: undefined, sha: undefined }, { error: 'environment is missing, sha is missing' }],
  ])('refuses %s', async (_name, more, body) => {
    expect(await record(unique('env'), more)).toMatchObject({ status: 400, body })
  })

  test('needs a Developer, and one whom the protection lets in, which is asked before the commit', async () => {
    expect(await record(unique('env'), { ref: 'gone' }, reporter)).toMatchObject(forbidden)
    const name = unique('env')
    await protect(world, { name, deploy_access_levels: [{ access_level: 40 }] })
    expect(await record(name, { sha: 'f'.repeat(40) })).toMatchObject(forbidden)
    expect(await record(name, {}, world.maintainer)).toMatchObject({ status: 201 })
  })

  test('the last success again is that very record; anything else is a new one', async () => {
    const name = unique('env')
    const first = await record(name)
    expect(await record(name)).toMatchObject({ status: 201, body: { id: first.body.id } })
    const older = await record(name, { sha: shas[0] })
    const back = await record(name)
    const failed = await record(name, { status: 'failed' })
    const failedAgain = await record(name, { status: 'failed' })
    const elsewhere = await record(unique('env'))
    const ids = [first, older, back, failed, failedAgain, elsewhere].map(({ body }) => body.id)
    expect(new Set(ids).size).toBe(6)
    expect((await record(name)).body.id).toBe(back.body.id)
  })
})

describe('1.5 a later status', () => {
  const change = (id: number, status: string, by = world.developer) =>
    as(by).put<DeploymentExtended>(`${base}/${id}`, { status })

  test('follows the transitions of 2.1, which end nowhere', async () => {
    const { id } = (await record(unique('env'), { status: 'running' })).body
    for (const status of ['success', 'failed', 'canceled', 'success'] as const) {
      expect(await change(id, status)).toMatchObject({ status: 200, body: { id, status, approvals: [] } })
      const again = await change(id, status)
      const event = { success: 'succeed', failed: 'drop', canceled: 'cancel' }[status]
      expect(again).toMatchObject({ status: 400, body: { message: { status: [`cannot transition via "${event}"`] } } })
    }
    expect(await change(id, 'running')).toMatchObject({
      status: 400,
      body: { message: { status: ['cannot transition via "run"'] } },
    })
  })

  test('is not for deployments of jobs, for others than deployers, nor for what is not there', async () => {
    const { pipelineId } = await push(world, 'ship: {script: [x], environment: by-job}')
    const job = await deploymentOf(world, pipelineId, 'by-job')
    expect(await change(job.id, 'success')).toMatchObject({
      status: 403,
      body: {
        message: '403 Forbidden - Deployments created using GitLab CI can not be updated using the API',
      },
    })
    const name = unique('env')
    const { id } = (await record(name, { status: 'running' })).body
    expect(await change(id, 'success', reporter)).toMatchObject(forbidden)
    await protect(world, { name, deploy_access_levels: [{ access_level: 40 }] })
    expect(await change(id, 'success')).toMatchObject(forbidden)
    expect(await change(id, 'success', world.maintainer)).toMatchObject({ status: 200 })
    expect(await change(2_000_000_000, 'success')).toMatchObject(noRecord)
    expect(await change(id, 'skipped')).toMatchObject({ body: { error: 'status does not have a valid value' } })
  })
})

test('1.6 deleting: found, allowed, and neither running nor the current one', async () => {
  const name = unique('env')
  const old = (await record(name, { sha: shas[0] })).body.id
  const current = (await record(name)).body.id
  const running = (await record(name, { status: 'running' })).body.id
  const drop = (id: number, by = world.maintainer) => as(by).delete(`${base}/${id}`)
  expect(await drop(2_000_000_000, world.developer)).toMatchObject(noRecord)
  expect(await drop(running, world.developer)).toMatchObject(forbidden)
  expect(await drop(running)).toMatchObject({ status: 400, body: { message: 'Cannot destroy running deployment' } })
  expect(await drop(current)).toMatchObject({
    status: 400,
    body: { message: 'Deployment currently deployed to environment' },
  })
  expect(await drop(old)).toMatchObject({ status: 204, body: null })
  expect(await as(reporter).get(`${base}/${old}`)).toMatchObject(noRecord)
  const failed = (await record(name, { status: 'failed' })).body.id
  await protect(world, { name, deploy_access_levels: [{ user_id: world.developer.id }] })
  expect(await drop(failed)).toMatchObject(forbidden)
})

test('1.7 no merge requests are an empty list, of what is not there 404', async () => {
  const { id } = (await record(unique('env'))).body
  expect(await as(reporter).get(`${base}/${id}/merge_requests`)).toMatchObject({ status: 200, body: [] })
  expect(await as(reporter).get(`${base}/2000000000/merge_requests`)).toMatchObject(noRecord)
  expect(await as(guest).get(`${base}/${id}/merge_requests`)).toMatchObject(forbidden)
})
