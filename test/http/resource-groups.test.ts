import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Api } from '../helpers/api.ts'
import { aMember, aUser, type Role } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let world: DeploymentWorld
let api: Api
let base: string
const jobs = ['a', 'b', 'c'].map((name) => `${name}: {script: [echo], resource_group: prod/eu}`)
const file = ['workflow: {auto_cancel: {on_new_commit: none}}', ...jobs].join('\n')
const key = encodeURIComponent('prod/eu')

beforeAll(async () => {
  server = await startTestServer()
  world = await aDeploymentWorld(server)
  api = server.api(world.developer.token)
  base = `/projects/${world.project.id}/resource_groups`
  await push(world, file)
  await push(world, file)
})
afterAll(() => server.stop())

type Job = { id: number; name: string; status: string; pipeline: { id: number } }
const names = async () => (await api.get<Job[]>(`${base}/${key}/upcoming_jobs`)).body.map((job) => job.name).join('')

test('T1 who may read and who may change, role by role', async () => {
  const expected: [Role | 'anonymous' | 'outsider' | 'admin', number][] = [
    ['anonymous', 401],
    ['outsider', 404],
    ['guest', 403],
    ['reporter', 403],
    ['developer', 200],
    ['maintainer', 200],
    ['owner', 200],
    ['admin', 200],
  ]
  for (const [who, status] of expected) {
    const token =
      who === 'anonymous'
        ? undefined
        : who === 'outsider' || who === 'admin'
          ? (await aUser(server, { admin: who === 'admin' })).token
          : (await aMember(server, { project: world.project }, who)).token
    const as = server.api(token)
    const answers = [
      await as.get(base),
      await as.get(`${base}/${key}`),
      await as.get(`${base}/${key}/current_job`),
      await as.get(`${base}/${key}/upcoming_jobs`),
      await as.put(`${base}/${key}`, {}),
    ]
    expect([who, ...answers.map((answer) => answer.status)]).toEqual([who, ...answers.map(() => status)])
  }
})

test('list and get', async () => {
  const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const entity = {
    id: expect.any(Number),
    key: 'prod/eu',
    process_mode: 'unordered',
    created_at: timestamp,
    updated_at: timestamp,
  }
  expect((await api.get(base)).body).toEqual([entity])
  expect((await api.get(`${base}/${key}`)).body).toEqual(entity)
  expect(await api.get(`${base}/unknown`)).toMatchObject({ status: 404, body: { message: '404 Not found' } })
})

test('the job that holds the resource, and the ones that come next', async () => {
  expect((await api.get(`${base}/${key}/current_job`)).body).toMatchObject({
    name: 'a',
    status: 'pending',
    stage: 'test',
  })
  const upcoming = await api.get<Job[]>(`${base}/${key}/upcoming_jobs?per_page=2`)
  expect(upcoming.body).toMatchObject([{ name: 'b', status: 'waiting_for_resource' }, { name: 'c' }])
  expect(upcoming.headers.get('x-total')).toBe('5')
})

describe('process mode', () => {
  test('decides the order, and is on the record', async () => {
    expect(await names()).toBe('bcabc')
    expect(await api.put(`${base}/${key}`, { process_mode: 'newest_ready_first' })).toMatchObject({
      status: 200,
      body: { key: 'prod/eu', process_mode: 'newest_ready_first' },
    })
    expect(await names()).toBe('abcbc')
    await api.put(`${base}/${key}`, { process_mode: 'newest_ready_first' })
    const rows = await server.db
      .selectFrom('audit_events')
      .selectAll()
      .where('event_name', '=', 'resource_group_updated')
      .execute()
    expect(rows).toMatchObject([
      {
        author_id: world.developer.id,
        target_details: 'prod/eu',
        details: { before: { process_mode: 'unordered' }, after: { process_mode: 'newest_ready_first' } },
      },
    ])
  })

  test('an unknown mode is refused', async () => {
    expect(await api.put(`${base}/${key}`, { process_mode: 'random' })).toMatchObject({
      status: 400,
      body: { error: 'process_mode does not have a valid value' },
    })
    expect((await api.put(`${base}/unknown`, { process_mode: 'unordered' })).status).toBe(404)
  })
})

test('a free resource has no current job', async () => {
  const free = await aDeploymentWorld(server)
  await push(free, 'a: {script: [echo], resource_group: free, when: manual}')
  const answer = await server
    .api(free.developer.token)
    .get(`/projects/${free.project.id}/resource_groups/free/current_job`)
  expect(answer).toMatchObject({ status: 200, body: null })
})
