import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freezeTimes, isFrozen } from '../../src/app/freeze.ts'
import type { FreezePeriodEntity } from '../../src/contract/freeze-periods.ts'
import type { Project } from '../../src/db/projects.ts'
import type { Api } from '../helpers/api.ts'
import { aMember, aProject, aUser, type Role } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let project: Project
let api: Api
let base: string
const weekend = { freeze_start: '0 23 * * 5', freeze_end: '0 7 * * 1' }

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  project = await aProject(server)
  api = server.api((await aMember(server, { project }, 'maintainer')).token)
  base = `/projects/${project.id}/freeze_periods`
})

async function audit() {
  const rows = await server.db
    .selectFrom('audit_events')
    .select(['event_name', 'details'])
    .where('entity_type', '=', 'Project')
    .where('entity_id', '=', project.id)
    .orderBy('id')
    .execute()
  return rows.map((row) => [row.event_name, row.details])
}

test('T1 T14 who may read and who may change, role by role', async () => {
  const { id } = (await api.post<FreezePeriodEntity>(base, weekend)).body
  const expected: [Role | 'anonymous' | 'outsider' | 'admin', number, number, number, number][] = [
    // read, create, change, delete
    ['anonymous', 401, 401, 401, 401],
    ['outsider', 404, 404, 404, 404],
    ['guest', 403, 403, 403, 403],
    ['planner', 403, 403, 403, 403],
    ['reporter', 200, 403, 403, 403],
    ['developer', 200, 403, 403, 403],
    ['maintainer', 200, 201, 200, 404],
    ['owner', 200, 201, 200, 404],
    ['admin', 200, 201, 200, 404],
  ]
  for (const [who, read, create, change, destroy] of expected) {
    const token =
      who === 'anonymous'
        ? undefined
        : who === 'outsider' || who === 'admin'
          ? (await aUser(server, { admin: who === 'admin' })).token
          : (await aMember(server, { project }, who)).token
    const as = server.api(token)
    const statuses = [
      (await as.get(base)).status,
      (await as.get(`${base}/${id}`)).status,
      (await as.post(base, weekend)).status,
      (await as.put(`${base}/${id}`, { cron_timezone: 'Europe/Berlin' })).status,
      // Somebody allowed to delete finds nothing under this id.
      (await as.delete(`${base}/2000000000`)).status,
    ]
    expect([who, ...statuses]).toEqual([who, read, read, create, change, destroy])
  }
})

test('create, read, list, change, delete, each on the record', async () => {
  const made = await api.post<FreezePeriodEntity>(base, { ...weekend, freeze_start: ' 0 23 * * 5 ' })
  const { id } = made.body
  const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const entity = { id, ...weekend, cron_timezone: 'UTC', created_at: timestamp, updated_at: timestamp }
  expect(made).toMatchObject({ status: 201, body: entity })
  expect((await api.get(`${base}/${id}`)).body).toEqual(made.body)
  await api.post(base, { ...weekend, cron_timezone: 'America/New_York' })
  const list = await api.get<FreezePeriodEntity[]>(`${base}?per_page=1`)
  expect(list.body).toEqual([made.body])
  expect(list.headers.get('x-total')).toBe('2')
  const changed = await api.put(`${base}/${id}`, { freeze_end: '0 8 * * 1' })
  expect(changed).toMatchObject({ status: 200, body: { ...entity, freeze_end: '0 8 * * 1' } })
  expect(await api.delete(`${base}/${id}`)).toMatchObject({ status: 204, body: null })
  expect(await api.get(`${base}/${id}`)).toMatchObject({ status: 404, body: { message: '404 Not found' } })
  expect((await audit()).filter(([event]) => event !== 'freeze_period_created')).toMatchObject([
    ['freeze_period_updated', { before: { freeze_end: '0 7 * * 1' }, after: { freeze_end: '0 8 * * 1' } }],
    ['freeze_period_deleted', { before: { freeze_end: '0 8 * * 1' }, after: null }],
  ])
})

describe('refused, and nothing changes', () => {
  test.each<[string, object, unknown]>([
    ['nothing given', {}, { error: 'freeze_start is missing, freeze_end is missing' }],
    ['no cron', { ...weekend, freeze_start: 'friday' }, { message: { freeze_start: [' is invalid syntax'] } }],
    ['six fields', { ...weekend, freeze_end: '0 0 7 * * 1' }, { message: { freeze_end: [' is invalid syntax'] } }],
    [
      'a day that never comes',
      { ...weekend, freeze_end: '0 0 31 2 *' },
      { message: { freeze_end: [' is invalid syntax'] } },
    ],
    [
      'blank',
      { ...weekend, freeze_start: ' ' },
      { message: { freeze_start: [' is invalid syntax', "can't be blank"] } },
    ],
    ['no zone', { ...weekend, cron_timezone: 'Mars' }, { message: { cron_timezone: ['syntax is invalid'] } }],
  ])('create: %s', async (_, body, answer) => {
    expect(await api.post(base, body)).toMatchObject({ status: 400, body: answer })
    expect((await api.get(base)).body).toEqual([])
    expect(await audit()).toEqual([])
  })

  test('change', async () => {
    const made = (await api.post<FreezePeriodEntity>(base, weekend)).body
    for (const body of [{ freeze_start: 'x' }, { freeze_end: '' }, { cron_timezone: 'Mars' }]) {
      expect((await api.put(`${base}/${made.id}`, body)).status).toBe(400)
    }
    expect((await api.get(`${base}/${made.id}`)).body).toEqual(made)
  })

  test('a period of another project', async () => {
    const other = await aProject(server)
    const theirs = server.api((await aMember(server, { project: other }, 'maintainer')).token)
    const { id } = (await theirs.post<FreezePeriodEntity>(`/projects/${other.id}/freeze_periods`, weekend)).body
    for (const verb of ['get', 'put', 'delete'] as const) {
      const answer = await api[verb](`${base}/${id}`)
      expect(answer).toMatchObject({ status: 404, body: { message: '404 Not found' } })
    }
    expect((await theirs.get(`/projects/${other.id}/freeze_periods/${id}`)).status).toBe(200)
  })
})

test('a project is frozen while any of its periods lasts', async () => {
  const at = (text: string) => isFrozen(server.db, project.id, new Date(text))
  await api.post(base, weekend)
  expect([await at('2026-03-07T12:00:00Z'), await at('2026-03-10T12:00:00Z')]).toEqual([true, false])
  await api.post(base, { freeze_start: '0 0 10 3 *', freeze_end: '0 0 11 3 *' })
  expect(await at('2026-03-10T12:00:00Z')).toBe(true)
})

test('when a period begins the next time, and when it ends', () => {
  const times = (text: string, zone = 'UTC') => {
    const { frozen, nextStart, nextEnd } = freezeTimes({ ...weekend, cron_timezone: zone }, new Date(text))
    return [frozen, nextStart?.toISOString(), nextEnd?.toISOString()]
  }
  // A Tuesday, a Saturday; in Berlin it is 23:00 an hour earlier.
  expect(times('2026-03-10T12:00:00Z')).toEqual([false, '2026-03-13T23:00:00.000Z', '2026-03-16T07:00:00.000Z'])
  expect(times('2026-03-07T12:00:00Z')).toEqual([true, '2026-03-13T23:00:00.000Z', '2026-03-09T07:00:00.000Z'])
  expect(times('2026-03-10T12:00:00Z', 'Europe/Berlin')[1]).toBe('2026-03-13T22:00:00.000Z')
})
