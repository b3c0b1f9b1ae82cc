import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GroupHookEntity, ProjectHookEntity } from '../../src/contract/webhooks.ts'
import type { Namespace } from '../../src/db/namespaces.ts'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aUser, type Role } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let group: Namespace
let project: Project
let api: Api
let base: string
/** Public, so that it is allowed, and nothing is ever sent there: no event happens in these tests. */
const url = 'https://93.184.216.34/hook'

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  group = await aGroup(server)
  project = await aProject(server, { group })
  api = server.api((await aMember(server, { project }, 'maintainer')).token)
  base = `/projects/${project.id}/hooks`
})

async function audit(type: 'Project' | 'Group', id: number) {
  return server.db
    .selectFrom('audit_events')
    .select(['event_name', 'target_type', 'target_id', 'details'])
    .where('entity_type', '=', type)
    .where('entity_id', '=', id)
    .orderBy('id')
    .execute()
}

type Who = Role | 'anonymous' | 'outsider' | 'admin'
const everybody: readonly Who[] = [
  'anonymous',
  'outsider',
  'guest',
  'planner',
  'reporter',
  'developer',
  'maintainer',
  'owner',
  'admin',
]

async function tokenOf(who: Who, of: Parameters<typeof aMember>[1]): Promise<string | undefined> {
  if (who === 'anonymous') return undefined
  if (who === 'outsider' || who === 'admin') return (await aUser(server, { admin: who === 'admin' })).token
  return (await aMember(server, of, who)).token
}

describe('T1 T14 who may, role by role', () => {
  async function statuses(as: Api, path: string, id: number) {
    return [
      (await as.get(path)).status,
      (await as.get(`${path}/${id}`)).status,
      (await as.get(`${path}/${id}/events`)).status,
      (await as.post(path, { url })).status,
      (await as.put(`${path}/${id}`, { push_events: false })).status,
      (await as.put(`${path}/${id}/custom_headers/X-One`, { value: 'v' })).status,
      (await as.delete(`${path}/${id}/custom_headers/X-One`)).status,
      (await as.put(`${path}/${id}/url_variables/one`, { value: 'v' })).status,
      (await as.delete(`${path}/${id}/url_variables/one`)).status,
      // Nothing there to test with, and no such record or hook: it says so only to those who may ask.
      (await as.post(`${path}/${id}/test/issues_events`)).status,
      (await as.post(`${path}/${id}/events/2000000000/resend`)).status,
      (await as.delete(`${path}/2000000000`)).status,
    ]
  }
  const allowed = [200, 200, 200, 201, 200, 204, 204, 204, 204, 422, 404, 404]
  const refused = (status: number) => allowed.map(() => status)

  test('hooks of a project: maintainers', async () => {
    const { id } = (await api.post<ProjectHookEntity>(base, { url })).body
    for (const who of everybody) {
      const as = server.api(await tokenOf(who, { project }))
      const expected =
        who === 'anonymous'
          ? refused(401)
          : who === 'outsider'
            ? refused(404)
            : who === 'maintainer' || who === 'owner' || who === 'admin'
              ? allowed
              : refused(403)
      expect([who, ...(await statuses(as, base, id))]).toEqual([who, ...expected])
    }
  })

  test('hooks of a group: owners', async () => {
    const path = `/groups/${group.id}/hooks`
    const owner = server.api((await aMember(server, { group }, 'owner')).token)
    const { id } = (await owner.post<GroupHookEntity>(path, { url })).body
    for (const who of everybody) {
      const as = server.api(await tokenOf(who, { group }))
      const expected =
        who === 'anonymous'
          ? refused(401)
          : who === 'outsider'
            ? refused(404)
            : who === 'owner' || who === 'admin'
              ? allowed
              : refused(403)
      expect([who, ...(await statuses(as, path, id))]).toEqual([who, ...expected])
    }
  })

  test('T2 a hook of another project or group is not there', async () => {
    const other = await aProject(server)
    const theirs = server.api((await aMember(server, { project: other }, 'maintainer')).token)
    const { id } = (await theirs.post<ProjectHookEntity>(`/projects/${other.id}/hooks`, { url })).body
    const answers = [
      await api.get(`${base}/${id}`),
      await api.put(`${base}/${id}`, { push_events: false }),
      await api.put(`${base}/${id}/custom_headers/X-One`, { value: 'v' }),
      await api.get(`${base}/${id}/events`),
      await api.post(`${base}/${id}/test/push_events`),
      await api.delete(`${base}/${id}`),
    ]
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { message: '404 Not found' } })
    expect((await theirs.get<ProjectHookEntity>(`/projects/${other.id}/hooks/${id}`)).body.push_events).toBe(true)
  })
})

describe('create, read, list, change, delete', () => {
  const flags = {
    push_events: true,
    tag_push_events: false,
    merge_requests_events: false,
    issues_events: false,
    confidential_issues_events: false,
    note_events: false,
    confidential_note_events: false,
    job_events: false,
    pipeline_events: false,
    wiki_page_events: false,
    deployment_events: false,
    feature_flag_events: false,
    releases_events: false,
    milestone_events: false,
    emoji_events: false,
    resource_access_token_events: false,
    resource_deploy_token_events: false,
    vulnerability_events: false,
    repository_update_events: false,
  }

  test('of a project, as GitLab answers', async () => {
    const made = await api.post<ProjectHookEntity>(base, { url: ` ${url} ` })
    const { id } = made.body
    const entity = {
      id,
      url,
      project_id: project.id,
      name: null,
      description: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      ...flags,
      enable_ssl_verification: true,
      alert_status: 'executable',
      disabled_until: null,
      push_events_branch_filter: null,
      branch_filter_strategy: 'wildcard',
      custom_webhook_template: null,
      token_present: false,
      signing_token_present: false,
      url_variables: [],
      custom_headers: [],
    }
    expect(made).toMatchObject({ status: 201, body: entity })
    expect(Object.keys(made.body).toSorted()).toEqual(Object.keys(entity).toSorted())
    expect((await api.get(`${base}/${id}`)).body).toEqual(made.body)
    await api.post(base, { url, name: 'Second' })
    const list = await api.get<ProjectHookEntity[]>(`${base}?per_page=1`)
    const { url_variables: _, custom_headers: __, ...listed } = made.body
    expect(list.body).toEqual([listed])
    expect(list.headers.get('x-total')).toBe('2')
    const changes = { name: 'First', deployment_events: true, issues_events: true, push_events: false }
    expect((await api.put(`${base}/${id}`, changes)).body).toEqual({ ...made.body, ...changes })
    const rest = { note_events: true, enable_ssl_verification: false }
    expect((await api.put(`${base}/${id}`, rest)).body).toEqual({ ...made.body, ...changes, ...rest })
    expect(await api.delete(`${base}/${id}`)).toMatchObject({ status: 204, body: null })
    expect((await api.get(`${base}/${id}`)).status).toBe(404)
  })

  test('of a group, with the flags of groups', async () => {
    const owner = server.api((await aMember(server, { group }, 'owner')).token)
    const path = `/groups/${group.id}/hooks`
    const made = await owner.post<GroupHookEntity>(path, {
      url,
      subgroup_events: true,
      custom_headers: [{ key: 'X-A', value: 'bcde' }],
    })
    const own = { group_id: group.id, subgroup_events: true, member_events: false, project_events: false }
    expect(made).toMatchObject({ status: 201, body: { ...flags, ...own, custom_headers: [{ key: 'X-A' }] } })
    expect((await owner.get(path)).body).toEqual([made.body])
    expect((await owner.put(`${path}/${made.body.id}`, { member_events: true })).body).toMatchObject({
      subgroup_events: true,
      member_events: true,
    })
    expect((await owner.delete(`${path}/${made.body.id}`)).status).toBe(204)
    expect((await audit('Group', group.id)).map((row) => [row.event_name, row.target_type])).toEqual([
      ['webhook_created', 'GroupHook'],
      ['webhook_updated', 'GroupHook'],
      ['webhook_destroyed', 'GroupHook'],
    ])
  })

  test('a form says the same', async () => {
    const form = new URLSearchParams({ url, push_events: '0', job_events: 'true' })
    form.append('custom_headers[][key]', 'X-A')
    form.append('custom_headers[][value]', 'b')
    form.append('custom_headers[][key]', 'X-B')
    form.append('custom_headers[][value]', 'c')
    expect((await api.post(base, form)).body).toMatchObject({
      push_events: false,
      job_events: true,
      custom_headers: [{ key: 'X-A' }, { key: 'X-B' }],
    })
  })
})

describe('secrets', () => {
  const signing = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const secrets = ['token-secret', 'header-secret', 'variable-secret', 'password-secret', signing]
  const body = {
    url: 'https://me:password-secret@93.184.216.34/{path}?{path}',
    token: 'token-secret',
    signing_token: signing,
    custom_headers: [{ key: 'Authorization', value: 'header-secret' }],
    url_variables: [{ key: 'path', value: 'variable-secret' }],
  }

  test('T18 are in no answer and in no audit row', async () => {
    const made = await api.post<ProjectHookEntity>(base, body)
    const { id } = made.body
    expect(made.body).toMatchObject({
      url: 'https://me:*****@93.184.216.34/{path}?{path}',
      token_present: true,
      signing_token_present: true,
      custom_headers: [{ key: 'Authorization' }],
      url_variables: [{ key: 'path' }],
    })
    const answers = [
      made,
      await api.get(base),
      await api.get(`${base}/${id}`),
      await api.put(`${base}/${id}`, { name: 'renamed' }),
      await api.put(`${base}/${id}`, {
        token: 'token-secret2',
        custom_headers: [{ key: 'X-B', value: 'header-secret' }],
      }),
      await api.put(`${base}/${id}/custom_headers/X-C`, { value: 'header-secret' }),
      await api.put(`${base}/${id}/url_variables/path`, { value: 'variable-secret' }),
      await api.delete(`${base}/${id}/custom_headers/X-C`),
      await api.delete(`${base}/${id}`),
    ]
    expect(answers.map((answer) => answer.status)).toEqual([201, 200, 200, 200, 200, 204, 204, 204, 204])
    const told = JSON.stringify([answers.map((answer) => answer.body), await audit('Project', project.id)])
    for (const secret of secrets) expect(told).not.toContain(secret)
    expect((await audit('Project', project.id)).map((row) => row.event_name)).toEqual([
      'webhook_created',
      ...Array.from({ length: 5 }, () => 'webhook_updated'),
      'webhook_destroyed',
    ])
  })

  async function stored(id: number) {
    return server.db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  }

  test('another URL forgets them, unless they are given with it', async () => {
    const plain = { ...body, url, url_variables: [] }
    const { id } = (await api.post<ProjectHookEntity>(base, plain)).body
    await api.put(`${base}/${id}`, { url, name: 'the same URL' })
    expect(await stored(id)).toMatchObject({
      token: 'token-secret',
      custom_headers: { Authorization: 'header-secret' },
    })
    await api.put(`${base}/${id}`, { url: 'https://93.184.216.35/', token: 'new-token' })
    expect(await stored(id)).toMatchObject({ token: 'new-token', signing_token: null, custom_headers: {} })
    await api.put(`${base}/${id}`, { url: 'https://93.184.216.36/' })
    expect(await stored(id)).toMatchObject({ token: null })
  })

  test('another value of a variable is another URL', async () => {
    const { id } = (await api.post<ProjectHookEntity>(base, body)).body
    await api.put(`${base}/${id}/url_variables/path`, { value: 'elsewhere' })
    expect(await stored(id)).toMatchObject({ token: null, signing_token: null, custom_headers: {} })
  })

  test('the masked URL, sent back, is the one that is stored', async () => {
    const made = (await api.post<ProjectHookEntity>(base, body)).body
    await api.put(`${base}/${made.id}`, { url: made.url, push_events: false })
    expect(await stored(made.id)).toMatchObject({ url: body.url, token: 'token-secret', push_events: false })
  })

  test('a token can be taken away', async () => {
    const { id } = (await api.post<ProjectHookEntity>(base, body)).body
    await api.put(`${base}/${id}`, { token: '' })
    expect(await stored(id)).toMatchObject({ token: null, signing_token: signing })
  })
})

describe('refused, and nothing changes', () => {
  const noUrl = (message: string) => ({ error: 'Invalid url given', message })
  const illegal = { error: 'Illegal key or value' }
  test.each<[number, object, object]>([
    [400, {}, { error: 'url is missing' }],
    [400, { url, branch_filter_strategy: 'glob' }, { error: 'branch_filter_strategy does not have a valid value' }],
    [400, { url, push_events: 'maybe' }, { error: 'push_events is invalid' }],
    [422, { url: '' }, noUrl('Url is blocked: URI is invalid')],
    [422, { url: 'example.com' }, noUrl('Url is blocked: URI is invalid')],
    [422, { url: 'ftp://93.184.216.34' }, noUrl('Url is blocked: Only allowed schemes are http, https')],
    [422, { url: 'http://127.0.0.1:9000' }, noUrl('Url is blocked: Requests to loopback addresses are not allowed')],
    [422, { url: 'http://2130706433' }, noUrl('Url is blocked: Requests to loopback addresses are not allowed')],
    [422, { url: 'http://192.168.1.1' }, noUrl('Url is blocked: Requests to the local network are not allowed')],
    [
      422,
      { url: 'http://169.254.169.254' },
      noUrl('Url is blocked: Requests to the link local network are not allowed'),
    ],
    [422, { url: 'http://{host}/{path}' }, noUrl('Invalid URL template. Missing keys: ["host", "path"]')],
    [
      422,
      { url: 'http://{host}', url_variables: [{ key: 'host', value: '10.0.0.1' }] },
      noUrl('Url is blocked: Requests to the local network are not allowed'),
    ],
    [422, { url, push_events_branch_filter: 'bad branch' }, { error: 'Invalid branch filter given' }],
    [422, { url, push_events_branch_filter: 'bad[' }, { error: 'Invalid branch filter given' }],
    [
      422,
      { url, branch_filter_strategy: 'regex', push_events_branch_filter: 'bad(' },
      { error: 'Invalid branch filter given' },
    ],
    [422, { url, custom_headers: [{ key: 'has space', value: 'v' }] }, { error: /^Custom headers validation failed/ }],
    [422, { url, custom_headers: [{ key: 'Content-Length', value: '0' }] }, { error: /^Custom headers validation/ }],
    [422, { url, custom_headers: [{ key: 'X-A', value: 'b\r\nX-C: d' }] }, { error: /^Custom headers validation/ }],
    [422, { url, url_variables: [{ key: '1a', value: 'v' }] }, illegal],
    [422, { url, token: 'a\nb' }, { message: { token: ['is invalid'] } }],
    [422, { url, signing_token: 'whsec_x' }, { message: { signing_token: ['is invalid'] } }],
    [422, { url, name: 'n'.repeat(256) }, { message: { name: ['is too long (maximum is 255 characters)'] } }],
  ])('%i %j', async (status, given, answer) => {
    const matching = Object.fromEntries(
      Object.entries(answer).map(([key, value]) => [
        key,
        value instanceof RegExp ? expect.stringMatching(value) : value,
      ]),
    )
    expect(await api.post(base, given)).toMatchObject({ status, body: matching })
    expect((await api.get(base)).body).toEqual([])
    expect(await audit('Project', project.id)).toEqual([])
  })

  test('more hooks than GitLab allows', async () => {
    await inTransaction(server.app.db, (tx) =>
      sql`insert into webhooks (project_id, url) select ${project.id}, ${url} from generate_series(1, 100)`.execute(tx),
    )
    expect(await api.post(base, { url })).toMatchObject({
      status: 422,
      body: { message: { base: ['Maximum number of project hooks (100) exceeded'] } },
    })
  })

  test('changes', async () => {
    const made = (await api.post<ProjectHookEntity>(base, { url })).body
    const path = `${base}/${made.id}`
    expect(await api.put(path, {})).toMatchObject({ status: 400, body: { error: 'No parameters provided' } })
    expect((await api.put(path, { url: 'http://10.0.0.1' })).status).toBe(422)
    expect((await api.put(path, { url: 'http://93.184.216.34/{missing}' })).status).toBe(422)
    expect(await api.put(`${path}/custom_headers/has%20space`, { value: 'v' })).toMatchObject({
      status: 422,
      body: illegal,
    })
    expect(await api.put(`${path}/url_variables/fine`, { value: '' })).toMatchObject({ status: 422, body: illegal })
    expect(await api.delete(`${path}/custom_headers/X-None`)).toMatchObject({
      status: 404,
      body: { message: '404 Custom header Not Found' },
    })
    expect(await api.delete(`${path}/url_variables/none`)).toMatchObject({
      status: 404,
      body: { message: '404 URL variable Not Found' },
    })
    expect((await api.get(path)).body).toEqual(made)
  })

  test('a variable that the URL needs stays', async () => {
    const variables = [{ key: 'a', value: '1' }]
    const { id } = (await api.post<ProjectHookEntity>(base, { url: `${url}/{a}`, url_variables: variables })).body
    expect(await api.delete(`${base}/${id}/url_variables/a`)).toMatchObject({
      status: 422,
      body: { error: 'Could not unset variable' },
    })
  })
})

describe('application settings', () => {
  test('administrators allow local addresses, one audit row per change', async () => {
    const root = server.api(server.rootToken)
    const change = { outbound_local_requests_whitelist: ['10.0.0.1', 'localhost:9000'] }
    const settings = (await root.put('/application/settings', change)).body
    expect(settings).toMatchObject({ ...change, allow_local_requests_from_web_hooks_and_services: false })
    expect((await root.get('/application/settings')).body).toEqual(settings)
    await root.put('/application/settings', change)
    expect((await api.post(base, { url: 'http://10.0.0.1/' })).status).toBe(201)
    expect((await api.post(base, { url: 'http://10.0.0.2/' })).status).toBe(422)
    await root.put('/application/settings', {
      outbound_local_requests_whitelist: '',
      allow_local_requests_from_web_hooks_and_services: true,
    })
    expect((await api.post(base, { url: 'http://10.0.0.2/' })).status).toBe(201)
    await root.put('/application/settings', { allow_local_requests_from_web_hooks_and_services: false })
    expect((await api.post(base, { url: 'http://10.0.0.1/' })).status).toBe(422)
    const rows = await server.db
      .selectFrom('audit_events')
      .select('target_details')
      .where('event_name', '=', 'application_setting_updated')
      .orderBy('id')
      .execute()
    expect(rows.map((row) => row.target_details)).toEqual([
      'outbound_local_requests_whitelist',
      'allow_local_requests_from_web_hooks_and_services',
      'outbound_local_requests_whitelist',
      'allow_local_requests_from_web_hooks_and_services',
    ])
    for (const who of ['maintainer', 'owner'] as const) {
      const as = server.api((await aMember(server, { project }, who)).token)
      expect((await as.put('/application/settings', change)).status).toBe(403)
    }
  })
})
