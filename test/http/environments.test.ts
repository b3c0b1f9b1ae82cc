import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EnvironmentAlone } from '../../src/contract/environments.ts'
import type { Environment } from '../../src/db/environments.ts'
import type { Namespace } from '../../src/db/namespaces.ts'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aToken, aUser, type Role, type TestUser, unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let group: Namespace
let project: Project
let developer: TestUser
let api: Api
let base: string

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  group = await aGroup(server)
  project = await aProject(server, { group })
  developer = await aMember(server, { project }, 'developer')
  api = server.api(developer.token)
  base = `/projects/${project.id}/environments`
})

const day = 24 * 3_600_000
const ago = (days: number) => new Date(Date.now() - days * day)

async function make(name: string, body: object = {}): Promise<EnvironmentAlone> {
  const answer = await api.post<EnvironmentAlone>(base, { name, ...body })
  expect(answer).toMatchObject({ status: 201 })
  return answer.body
}

async function set(id: number, values: Partial<Environment>): Promise<void> {
  const { id: _, ...columns } = { id, ...values }
  await inTransaction(server.db, (tx) => tx.updateTable('environments').set(columns).where('id', '=', id).execute())
}

async function protect(name: string, as: Api, at = `/projects/${project.id}`): Promise<void> {
  const answer = await as.post(`${at}/protected_environments`, { name, deploy_access_levels: [{ access_level: 40 }] })
  expect(answer).toMatchObject({ status: 201 })
}

const rows = () =>
  server.db.selectFrom('environments').selectAll().where('project_id', '=', project.id).orderBy('id').execute()

async function events(): Promise<string[]> {
  const found = await server.db
    .selectFrom('audit_events')
    .select('event_name')
    .where('entity_id', '=', project.id)
    .where('target_type', '=', 'Environment')
    .orderBy('id')
    .execute()
  return found.map((row) => row.event_name)
}

test('T1 who may read, create, change, stop and delete, role by role', async () => {
  const expected: [Role | 'anonymous' | 'outsider' | 'admin', number | 'ok', number | 'ok', number | 'ok'][] = [
    // read; create, change, stop and delete; stop stale ones
    ['anonymous', 401, 401, 401],
    ['outsider', 404, 404, 404],
    ['guest', 403, 403, 403],
    ['planner', 403, 403, 403],
    ['reporter', 'ok', 403, 403],
    ['developer', 'ok', 'ok', 403],
    ['maintainer', 'ok', 'ok', 'ok'],
    ['owner', 'ok', 'ok', 'ok'],
    ['admin', 'ok', 'ok', 'ok'],
  ]
  for (const [who, read, write, stale] of expected) {
    const token =
      who === 'anonymous'
        ? undefined
        : who === 'outsider' || who === 'admin'
          ? (await aUser(server, { admin: who === 'admin' })).token
          : (await aMember(server, { project }, who)).token
    const as = server.api(token)
    const { id } = await make(unique('env'))
    const before = await rows()
    const statuses = [
      (await as.get(base)).status,
      (await as.get(`${base}/${id}`)).status,
      (await as.post(base, { name: unique('env') })).status,
      (await as.put(`${base}/${id}`, { description: 'x' })).status,
      (await as.post(`${base}/${id}/stop`)).status,
      (await as.delete(`${base}/${id}`)).status,
      (await as.post(`${base}/stop_stale`, { before: ago(30).toISOString() })).status,
    ]
    const or = (outcome: number | 'ok', status: number) => (outcome === 'ok' ? status : outcome)
    expect([who, ...statuses]).toEqual([
      who,
      or(read, 200),
      or(read, 200),
      or(write, 201),
      or(write, 200),
      or(write, 200),
      or(write, 204),
      or(stale, 200),
    ])
    if (write !== 'ok') expect(await rows()).toEqual(before)
  }
})

test('4.1 nobody reads the environments of a public project without signing in', async () => {
  const open = await aProject(server, { visibility: 'public' })
  expect((await server.api().get(`/projects/${open.id}`)).status).toBe(200)
  for (const path of ['', '/1']) {
    expect(await server.api().get(`/projects/${open.id}/environments${path}`)).toMatchObject({
      status: 401,
      body: { message: '401 Unauthorized' },
    })
  }
})

test('a token that may only read, and an unknown project', async () => {
  const reader = server.api((await aToken(server, developer, ['read_api'])).token)
  expect((await reader.get(base)).status).toBe(200)
  expect((await reader.post(base, { name: 'x' })).status).toBe(403)
  expect(await api.get('/projects/2000000000/environments')).toMatchObject({
    status: 404,
    body: { message: '404 Project Not Found' },
  })
})

describe('create', () => {
  test('answers the entity with its project', async () => {
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const answer = await api.post(base, {
      name: 'review/Fix 1',
      external_url: 'https://x.example',
      description: 'd',
      auto_stop_setting: 'with_action',
    })
    expect(answer).toMatchObject({ status: 201 })
    expect(answer.body).toEqual({
      id: expect.any(Number),
      name: 'review/Fix 1',
      slug: expect.stringMatching(/^review-fix-1-[a-z0-9]{6}$/),
      external_url: 'https://x.example',
      created_at: timestamp,
      updated_at: timestamp,
      tier: 'development',
      state: 'available',
      auto_stop_at: null,
      auto_stop_setting: 'with_action',
      description: 'd',
      project: expect.objectContaining({ id: project.id, path_with_namespace: project.full_path }),
    })
    expect(await make('plain', { external_url: '', description: '' })).toMatchObject({
      external_url: null,
      description: null,
      auto_stop_setting: 'always',
    })
    expect(await make('live', { tier: 'other' })).toMatchObject({ tier: 'other' })
  })

  const nameCharacters =
    "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it cannot start or end with '/'"
  test.each<[string, object, unknown]>([
    ['no name', {}, { error: 'name is missing' }],
    ['a blank name', { name: ' ' }, { message: { name: ["can't be blank"] } }],
    ['bad characters', { name: 'a*' }, { message: { name: [nameCharacters] } }],
    ['a slash at the end', { name: 'a/' }, { message: { name: [nameCharacters] } }],
    ['a long name', { name: 'x'.repeat(256) }, { message: { name: ['is too long (maximum is 255 characters)'] } }],
    [
      'a script URL',
      { name: 'a', external_url: 'javascript:alert(1)' },
      { message: { external_url: ['javascript scheme is not allowed'] } },
    ],
    [
      'a long URL',
      { name: 'a', external_url: `https://${'x'.repeat(255)}` },
      { message: { external_url: ['is too long (maximum is 255 characters)'] } },
    ],
    [
      'a long description',
      { name: 'a', description: 'x'.repeat(10_001) },
      { message: { description: ['is too long (maximum is 10000 characters)'] } },
    ],
    ['an unknown tier', { name: 'a', tier: 'moon' }, { error: 'tier does not have a valid value' }],
    [
      'an unknown setting',
      { name: 'a', auto_stop_setting: 'never' },
      { error: 'auto_stop_setting does not have a valid value' },
    ],
    ['a slug', { name: 'a', slug: 'a' }, { error: 'slug is automatically generated and cannot be changed' }],
    [
      'an agent',
      { name: 'a', cluster_agent_id: 1 },
      { message: "400 Bad request - cluster agent doesn't exist or cannot be associated with this environment" },
    ],
    [
      'a namespace',
      { name: 'a', kubernetes_namespace: 'n' },
      { message: { kubernetes_namespace: ['cannot be set without a cluster agent'] } },
    ],
    [
      'a flux path',
      { name: 'a', flux_resource_path: 'p' },
      { message: { flux_resource_path: ['cannot be set without a kubernetes namespace'] } },
    ],
    [
      'several things',
      { name: 'a*', external_url: 'data:x' },
      { message: { name: [nameCharacters], external_url: ['data scheme is not allowed'] } },
    ],
  ])('refused: %s', async (_, body, answer) => {
    expect(await api.post(base, body)).toMatchObject({ status: 400, body: answer })
    expect(await rows()).toEqual([])
  })

  test('4.3 the longest that fits, and a name that another project has', async () => {
    const long = { external_url: `https://${'x'.repeat(247)}`, description: 'x'.repeat(10_000) }
    const name = 'x'.repeat(255)
    const made = await make(name, long)
    expect(made).toMatchObject({ name, ...long, slug: expect.stringMatching(/^x{17}-[a-z0-9]{6}$/) })
    const other = await aProject(server)
    const theirs = server.api((await aMember(server, { project: other }, 'developer')).token)
    const again = await theirs.post<EnvironmentAlone>(`/projects/${other.id}/environments`, { name })
    expect([again.status, again.body.slug]).toEqual([201, made.slug])
  })

  test('a name is taken once, also by two calls at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => api.post(base, { name: 'production' })))
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
    expect(answers.find((answer) => answer.status !== 201)).toMatchObject({
      status: 400,
      body: { message: { name: ['has already been taken'] } },
    })
    expect((await api.post(base, { name: 'production-' })).body).toEqual({
      message: { slug: ['has already been taken'] },
    })
  })
})

describe('list and get', () => {
  test('by name, search and state, in order and paged', async () => {
    for (const name of ['production', 'review/prod-1', 'preview', 'Staging']) await make(name)
    const { id } = await make('review/old')
    await set(id, { state: 'stopped' })
    const names = async (query: string) =>
      (await api.get<EnvironmentAlone[]>(`${base}?${query}`)).body.map((one) => one.name)
    expect(await names('')).toEqual(['production', 'review/prod-1', 'preview', 'Staging', 'review/old'])
    expect(await names('name=production')).toEqual(['production'])
    expect(await names('name=Production')).toEqual([])
    expect(await names('search=prod')).toEqual(['production', 'review/prod-1'])
    expect(await names('search=STAG')).toEqual(['Staging'])
    expect(await names('search=rev')).toEqual(['review/prod-1', 'review/old'])
    expect(await names('search=view')).toEqual([])
    expect(await names('search=%25%25%25')).toEqual([])
    expect(await names('states=stopped')).toEqual(['review/old'])
    await set(id, { state: 'stopping' })
    expect([await names('states=stopping'), await names('states=stopped')]).toEqual([['review/old'], []])
    await set(id, { state: 'stopped' })
    expect(await names('states=available&search=review')).toEqual(['review/prod-1'])
    const page = await api.get<EnvironmentAlone[]>(`${base}?per_page=2&page=2`)
    expect(page.body.map((one) => one.name)).toEqual(['preview', 'Staging'])
    expect(page.headers.get('x-total')).toBe('5')
    expect(page.body[0]).toHaveProperty('project.id', project.id)
  })

  test.each<[string, unknown]>([
    ['name=a&search=abc', { error: 'name, search cannot be used together' }],
    ['search=ab', { message: '400 Bad request - Search query is less than 3 characters' }],
    ['states=gone', { error: 'states does not have a valid value' }],
  ])('?%s is refused', async (query, body) => {
    expect(await api.get(`${base}?${query}`)).toMatchObject({ status: 400, body })
  })

  test('one: without the project, with the last successful deployment, which has no environment', async () => {
    const { id } = await make('production')
    const alone = await api.get(`${base}/${id}`)
    expect(alone.body).toMatchObject({ id, last_deployment: null })
    expect(alone.body).not.toHaveProperty('project')
    await inTransaction(server.db, async (tx) => {
      const made = (iid: number, status: 'success' | 'failed') => ({
        iid,
        status,
        project_id: project.id,
        environment_id: id,
        pipeline_id: null,
        job_id: null,
        user_id: developer.id,
        ref: 'main',
        tag: false,
        sha: `${iid}`.repeat(40),
        on_stop: null,
        started_at: null,
        finished_at: new Date(2026, 0, iid),
      })
      await tx
        .insertInto('deployments')
        .values([made(1, 'success'), made(2, 'success'), made(3, 'failed')])
        .execute()
    })
    const { body } = await api.get<{ last_deployment: object }>(`${base}/${id}`)
    expect(body.last_deployment).toMatchObject({
      iid: 2,
      status: 'success',
      user: { id: developer.id },
      deployable: null,
    })
    expect(body.last_deployment).not.toHaveProperty('environment')
  })

  test.each(['get', 'put', 'delete'] as const)(
    '%s: an environment of another project is not found here',
    async (verb) => {
      const other = await aProject(server)
      const theirs = server.api((await aMember(server, { project: other }, 'maintainer')).token)
      const { id } = (await theirs.post<EnvironmentAlone>(`/projects/${other.id}/environments`, { name: 'x' })).body
      for (const unknown of [id, 2_000_000_000]) {
        expect(await api[verb](`${base}/${unknown}`)).toMatchObject({ status: 404, body: { message: '404 Not found' } })
        expect(await api.post(`${base}/${unknown}/stop`)).toMatchObject({
          status: 404,
          body: { message: '404 Not found' },
        })
      }
      expect((await theirs.get(`/projects/${other.id}/environments/${id}`)).body).toMatchObject({ state: 'available' })
    },
  )
})

describe('change', () => {
  test('what is given; the name stays', async () => {
    const made = await make('production', { external_url: 'https://a.example' })
    const changed = await api.put(`${base}/${made.id}`, { name: 'other', tier: 'staging', description: 'new' })
    expect(changed).toMatchObject({
      status: 200,
      body: {
        name: 'production',
        slug: made.slug,
        tier: 'staging',
        description: 'new',
        external_url: 'https://a.example',
        project: { id: project.id },
      },
    })
    expect((await api.put(`${base}/${made.id}`, { external_url: '' })).body).toMatchObject({
      external_url: null,
      description: 'new',
    })
    expect((await api.put(`${base}/${made.id}`, { auto_stop_setting: 'with_action' })).body).toMatchObject({
      auto_stop_setting: 'with_action',
    })
    for (const body of [
      { tier: 'moon' },
      { slug: 'x' },
      { external_url: 'vbscript:x' },
      { kubernetes_namespace: 'x' },
    ]) {
      expect((await api.put(`${base}/${made.id}`, body)).status).toBe(400)
    }
    expect(await events()).toEqual([
      'environment_created',
      'environment_updated',
      'environment_updated',
      'environment_updated',
    ])
  })

  test('T6 an environment that is protected from somebody is not theirs to change (unlike GitLab), stop or delete', async () => {
    const maintainer = server.api((await aMember(server, { project }, 'maintainer')).token)
    const { id } = await make('production')
    await protect('production', maintainer)
    const before = await rows()
    expect(await api.put(`${base}/${id}`, { external_url: 'https://evil.example' })).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden' },
    })
    expect((await api.post(`${base}/${id}/stop`, { force: true })).status).toBe(403)
    await set(id, { state: 'stopped' })
    expect((await api.delete(`${base}/${id}`)).status).toBe(403)
    await set(id, { state: 'available' })
    expect(await rows()).toEqual(before)
    expect((await maintainer.put(`${base}/${id}`, { external_url: 'https://good.example' })).status).toBe(200)
    expect((await maintainer.post(`${base}/${id}/stop`)).status).toBe(200)
    expect((await maintainer.delete(`${base}/${id}`)).status).toBe(204)
  })

  test('T8 a tier that a group protects is left only by that group’s Owners', async () => {
    const owner = await aMember(server, { group }, 'owner')
    const maintainer = await aMember(server, { group }, 'maintainer')
    const { id } = await make('production')
    await protect('production', server.api(owner.token), `/groups/${group.id}`)
    expect(await server.api(maintainer.token).put(`${base}/${id}`, { tier: 'other' })).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Only an Owner of the group that protects this tier can change it' },
    })
    expect(
      (await server.api(maintainer.token).put(`${base}/${id}`, { tier: 'production', description: 'same tier' }))
        .status,
    ).toBe(200)
    expect(await rows()).toMatchObject([{ tier: 'production' }])
    expect((await server.api(owner.token).put(`${base}/${id}`, { tier: 'other' })).status).toBe(200)
  })
})

describe('stop and delete', () => {
  test('an open one is stopped, a stopped one stays, only a stopped one is deleted', async () => {
    const { id } = await make('review/1')
    await set(id, { auto_stop_at: new Date(Date.now() + day) })
    expect(await api.delete(`${base}/${id}`)).toMatchObject({ status: 403, body: { message: '403 Forbidden' } })
    expect(await api.post(`${base}/${id}/stop`)).toMatchObject({
      status: 200,
      body: { state: 'stopped', auto_stop_at: null, project: { id: project.id } },
    })
    expect(await api.post(`${base}/${id}/stop`)).toMatchObject({ status: 200, body: { state: 'stopped' } })
    expect(await api.delete(`${base}/${id}`)).toMatchObject({ status: 204, body: null })
    expect((await api.get(`${base}/${id}`)).status).toBe(404)
    expect(await events()).toEqual(['environment_created', 'environment_stopped', 'environment_deleted'])
  })

  test('with_action: without a stop job only force stops it', async () => {
    const { id } = await make('review/1', { auto_stop_setting: 'with_action' })
    expect((await api.post(`${base}/${id}/stop`)).body).toMatchObject({ state: 'available' })
    expect((await api.post(`${base}/${id}/stop`, { force: true })).body).toMatchObject({ state: 'stopped' })
  })

  test('force ends an environment that is stopping', async () => {
    const { id } = await make('review/1')
    await set(id, { state: 'stopping' })
    expect((await api.post(`${base}/${id}/stop`)).body).toMatchObject({ state: 'stopping' })
    expect((await api.post(`${base}/${id}/stop?force=true`)).body).toMatchObject({ state: 'stopped' })
  })
})

describe('stop_stale', () => {
  let maintainer: Api
  beforeEach(async () => {
    maintainer = server.api((await aMember(server, { project }, 'maintainer')).token)
  })

  test('stops what was not used since, but for protected ones', async () => {
    const [old, recent, deployed, guarded] = [
      await make('old'),
      await make('recent'),
      await make('deployed'),
      await make('guarded'),
    ]
    await protect('guarded', maintainer)
    for (const { id } of [old, deployed, guarded]) await set(id, { updated_at: ago(20) })
    await inTransaction(server.db, (tx) =>
      tx
        .insertInto('deployments')
        .values({
          iid: 1,
          status: 'success',
          project_id: project.id,
          environment_id: deployed.id,
          pipeline_id: null,
          job_id: null,
          user_id: null,
          ref: 'main',
          tag: false,
          sha: 'a'.repeat(40),
          on_stop: null,
          started_at: null,
          finished_at: null,
        })
        .execute(),
    )
    expect(await maintainer.post(`${base}/stop_stale`, { before: ago(10).toISOString() })).toMatchObject({
      status: 200,
      body: { message: 'Successfully requested stop for all stale environments' },
    })
    const states = Object.fromEntries((await rows()).map((row) => [row.id, row.state]))
    expect([old, recent, deployed, guarded].map(({ id }) => states[id])).toEqual([
      'stopped',
      'available',
      'available',
      'available',
    ])
  })

  test('4.1 a date between ten years and a week ago will do, with its zone behind %2B', async () => {
    const zoned = (days: number) => encodeURIComponent(ago(days).toISOString().replace('Z', '+00:00'))
    for (const days of [7.01, 3640]) {
      expect((await maintainer.post(`${base}/stop_stale?before=${zoned(days)}`)).status).toBe(200)
    }
    // 7.2: a bare + is a space, and then there is no zone.
    expect(await maintainer.post(`${base}/stop_stale?before=${zoned(30).replace('%2B', '+')}`)).toMatchObject({
      status: 400,
      body: { error: 'before is invalid' },
    })
  })

  test.each([
    ['missing', {}, { error: 'before is missing' }],
    ['not a date', { before: 'soon' }, { error: 'before is invalid' }],
    ['too recent', { before: ago(6).toISOString() }, { message: '400 Bad request - Invalid Date' }],
    ['too long ago', { before: ago(3660).toISOString() }, { message: '400 Bad request - Invalid Date' }],
  ])('a date that is %s is refused', async (_, body, answer) => {
    expect(await maintainer.post(`${base}/stop_stale`, body)).toMatchObject({ status: 400, body: answer })
  })
})

describe('review_apps', () => {
  async function reviewApps(...ages: number[]): Promise<number[]> {
    const ids: number[] = []
    for (const [index, age] of ages.entries()) {
      const { id } = await make(`review/${age}-${index}`)
      await set(id, { state: 'stopped', created_at: ago(age) })
      ids.push(id)
    }
    return ids
  }
  const scheduled = async () => (await rows()).filter((row) => row.auto_delete_at !== null).map((row) => row.id)
  const url = () => `${base}/review_apps`
  type Answer = { scheduled_entries: { id: number; name: string; slug: string }[]; unprocessable_entries: unknown[] }

  test('a dry run, the default, only lists; then they are deleted in a week', async () => {
    const [young, old, older] = await reviewApps(10, 40, 50)
    await make('review/open')
    const { id: elsewhere } = await make('staging')
    await set(elsewhere, { state: 'stopped', created_at: ago(90) })
    const dry = await api.delete<Answer>(url())
    expect(dry.status).toBe(200)
    expect(dry.body.scheduled_entries.map((entry) => entry.id)).toEqual([older, old])
    expect(Object.keys(dry.body.scheduled_entries[0] ?? {})).toEqual([
      'id',
      'name',
      'slug',
      'external_url',
      'created_at',
      'updated_at',
    ])
    expect(dry.body.unprocessable_entries).toEqual([])
    expect(await scheduled()).toEqual([])
    expect(
      (await api.delete<Answer>(`${url()}?dry_run=false&limit=1`)).body.scheduled_entries.map((entry) => entry.id),
    ).toEqual([older])
    expect(
      (await api.delete<Answer>(`${url()}?dry_run=false&before=${ago(5).toISOString()}`)).body.scheduled_entries.map(
        (entry) => entry.id,
      ),
    ).toEqual([old, young])
    expect(await scheduled()).toEqual([young, old, older])
    const [first] = await rows()
    expect(Math.round(((first?.auto_delete_at?.getTime() ?? 0) - Date.now()) / day)).toBe(7)
  })

  test('4.1 a hundred at a time unless it is said otherwise', async () => {
    await inTransaction(server.db, (tx) =>
      sql`insert into environments (project_id, name, slug, tier, state, created_at)
          select ${project.id}, 'review/' || n, 'review-' || n, 'development', 'stopped', now() - interval '40 days'
            from generate_series(1, 101) n`.execute(tx),
    )
    const count = async (query: string) => (await api.delete<Answer>(`${url()}${query}`)).body.scheduled_entries.length
    expect([await count(''), await count('?limit=1000')]).toEqual([100, 101])
  })

  test('one that is protected from the caller stops all', async () => {
    const [id] = await reviewApps(40, 41)
    const maintainer = server.api((await aMember(server, { project }, 'maintainer')).token)
    await protect('review/40-0', maintainer)
    expect(await api.delete(`${url()}?dry_run=false`)).toMatchObject({
      status: 400,
      body: {
        message: {
          scheduled_entries: [],
          unprocessable_entries: [{ id }],
          message: expect.stringMatching(/^Failed to authorize deletions/),
        },
      },
    })
    expect(await scheduled()).toEqual([])
    expect((await maintainer.delete<Answer>(`${url()}?dry_run=false`)).body.scheduled_entries).toHaveLength(2)
  })

  test.each<[string, number, unknown]>([
    ['limit=0', 400, { error: 'limit does not have a valid value' }],
    ['limit=1001', 400, { error: 'limit does not have a valid value' }],
    ['before=soon', 400, { error: 'before is invalid' }],
    ['', 400, { message: { scheduled_entries: [], message: expect.any(String) } }],
  ])('?%s with nothing to delete', async (query, status, body) => {
    expect(await api.delete(`${url()}?${query}`)).toMatchObject({ status, body })
  })

  test('a Reporter may not', async () => {
    await reviewApps(40)
    const reporter = server.api((await aMember(server, { project }, 'reporter')).token)
    expect(await reporter.delete(`${url()}?dry_run=false`)).toMatchObject({
      status: 401,
      body: {
        message: {
          scheduled_entries: [],
          message: 'You do not have permission to destroy environments in this project',
        },
      },
    })
    expect(await scheduled()).toEqual([])
  })
})
