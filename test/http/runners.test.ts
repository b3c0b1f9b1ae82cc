/** Runners API over real HTTP: lists, details, changes, projects, registration tokens, and what held requests notice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { aGroup, aMember, aProject, aUser, type TestUser } from '../helpers/builders.ts'
import { aDeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 50 } })
})
afterAll(() => server.stop())

interface RunnerBody {
  id: number
  description: string | null
  status: string
  paused: boolean
  tag_list: string[]
  maintenance_note: string | null
  projects: { id: number }[]
  groups: { id: number }[]
}

async function create(by: TestUser | string, body: object): Promise<{ id: number; token: string }> {
  const token = typeof by === 'string' ? by : by.token
  const answer = await server.api(token).post<{ id: number; token: string }>('/user/runners', body)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

/** A group with a project, one runner of each kind, and people of every role. */
async function aFleet() {
  const group = await aGroup(server)
  const project = await aProject(server, { group })
  const owner = await aMember(server, { group }, 'owner')
  const maintainer = await aMember(server, { project }, 'maintainer')
  const developer = await aMember(server, { project }, 'developer')
  const outsider = await aUser(server)
  const instance = await create(server.rootToken, { runner_type: 'instance_type', maintenance_note: 'secret' })
  const ofGroup = await create(owner, { runner_type: 'group_type', group_id: group.id, tag_list: ['fleet', 'g'] })
  const ofProject = await create(maintainer, {
    runner_type: 'project_type',
    project_id: project.id,
    description: 'p',
    maintenance_note: 'rack 4',
    tag_list: ['fleet', 'p'],
  })
  return { group, project, owner, maintainer, developer, outsider, instance, ofGroup, ofProject }
}

async function contactedAgo(id: number, hours: number | null): Promise<void> {
  const at = hours === null ? null : new Date(Date.now() - hours * 3_600_000)
  await inTransaction(server.app.db, (tx) =>
    tx.updateTable('runners').set({ contacted_at: at }).where('id', '=', id).execute(),
  )
}

async function auditOf(target: number, event: string) {
  return server.db
    .selectFrom('audit_events')
    .select(['entity_type', 'entity_id', 'author_id', 'details'])
    .where('event_name', '=', event)
    .where('target_id', '=', target)
    .orderBy('id')
    .execute()
}

describe('details', () => {
  it('have all fields; the note is for those who may change the runner', async () => {
    const fleet = await aFleet()
    const { id } = fleet.ofProject
    await server.api().post('/runners/verify', {
      token: fleet.ofProject.token,
      system_id: 's_0123456789ab',
      info: { version: '19.4.0', revision: 'd79f3e7b', platform: 'linux', architecture: 'amd64' },
    })
    const { status, body } = await server.api(fleet.maintainer.token).get(`/runners/${id}`)
    expect(status).toBe(200)
    expect(body).toEqual({
      id,
      description: 'p',
      ip_address: null,
      active: true,
      paused: false,
      is_shared: false,
      runner_type: 'project_type',
      name: null,
      online: true,
      created_at: expect.any(String),
      status: 'online',
      job_execution_status: 'idle',
      created_by: expect.objectContaining({ id: fleet.maintainer.id }),
      tag_list: ['fleet', 'p'],
      run_untagged: true,
      locked: false,
      maximum_timeout: null,
      access_level: 'not_protected',
      version: '19.4.0',
      revision: 'd79f3e7b',
      platform: 'linux',
      architecture: 'amd64',
      contacted_at: expect.any(String),
      maintenance_note: 'rack 4',
      projects: [
        {
          id: fleet.project.id,
          description: null,
          name: fleet.project.name,
          name_with_namespace: `${fleet.group.name} / ${fleet.project.name}`,
          path: fleet.project.path,
          path_with_namespace: fleet.project.full_path,
          created_at: expect.any(String),
        },
      ],
      groups: [],
      permissions: { update: { allowed: true, reason: null }, delete: { allowed: true, reason: null } },
    })
    const managers = await server.api(fleet.maintainer.token).get(`/runners/${id}/managers`)
    expect(managers).toMatchObject({
      status: 200,
      body: [{ system_id: 's_0123456789ab', version: '19.4.0', platform: 'linux', status: 'online' }],
    })
    const instance = await server.api(fleet.outsider.token).get<RunnerBody>(`/runners/${fleet.instance.id}`)
    expect(instance).toMatchObject({ status: 200, body: { maintenance_note: null, projects: [], groups: [] } })
    const no = { allowed: false, reason: 'No access granted' }
    expect(instance.body).toMatchObject({ permissions: { update: no, delete: no } })
    const group = await server.api(fleet.owner.token).get<RunnerBody>(`/runners/${fleet.ofGroup.id}`)
    expect(group).toMatchObject({
      status: 200,
      body: { groups: [{ id: fleet.group.id, web_url: `${server.url}/groups/${fleet.group.full_path}` }] },
    })
    expect(JSON.stringify([body, instance.body, group.body])).not.toContain(fleet.ofProject.token.slice(5))
  })

  it.each([
    ['never contacted', null, false, 'never_contacted', null],
    ['an hour ago', 1, false, 'online', true],
    ['three hours ago', 3, false, 'offline', false],
    ['eight days ago', 192, false, 'stale', false],
    ['an hour ago, paused', 1, true, 'paused', true],
  ])('%s', async (_, hours, paused, status, online) => {
    const { id } = await create(server.rootToken, { runner_type: 'instance_type', paused })
    await contactedAgo(id, hours)
    expect((await server.api(server.rootToken).get(`/runners/${id}`)).body).toMatchObject({ status, online, paused })
  })
})

describe('who may', () => {
  it('read, change, reset, delete: by what the runner serves', async () => {
    const fleet = await aFleet()
    const noAccess = '403 Forbidden - No access granted'
    const rows: [string, string, number, number, number, number, number][] = [
      // reads, machines, jobs, changes, resets the token
      ['outsider, instance', fleet.outsider.token, fleet.instance.id, 200, 200, 403, 403],
      ['outsider, group', fleet.outsider.token, fleet.ofGroup.id, 403, 403, 403, 403],
      ['outsider, project', fleet.outsider.token, fleet.ofProject.id, 403, 403, 403, 403],
      ['developer, project', fleet.developer.token, fleet.ofProject.id, 403, 403, 403, 403],
      ['maintainer, project', fleet.maintainer.token, fleet.ofProject.id, 200, 200, 200, 200],
      ['maintainer, group', fleet.maintainer.token, fleet.ofGroup.id, 403, 403, 403, 403],
      ['owner, group', fleet.owner.token, fleet.ofGroup.id, 200, 200, 200, 200],
      ['root, instance', server.rootToken, fleet.instance.id, 200, 200, 200, 200],
    ]
    for (const [name, token, id, read, managers, jobs, change] of rows) {
      const api = server.api(token)
      const answers = [
        await api.get<{ message?: string }>(`/runners/${id}`),
        await api.get<{ message?: string }>(`/runners/${id}/managers`),
        await api.get<{ message?: string }>(`/runners/${id}/jobs`),
        await api.put<{ message?: string }>(`/runners/${id}`, { description: 'changed' }),
      ]
      expect([name, ...answers.map(({ status }) => status)]).toEqual([name, read, managers, jobs, change])
      for (const { status, body } of answers) if (status === 403) expect(body.message).toBe(noAccess)
      const reset = await api.post(`/runners/${id}/reset_authentication_token`)
      expect([name, reset.status]).toEqual([name, change === 200 ? 201 : 403])
    }
    for (const path of ['/runners', '/runners/all', `/runners/${fleet.instance.id}`]) {
      expect((await server.api().get(path)).status).toBe(401)
    }
    expect(await server.api(server.rootToken).get('/runners/999999')).toMatchObject({
      status: 404,
      body: { message: '404 Not found' },
    })
  })

  it('a job token sees no runner', async () => {
    const world = await aDeploymentWorld(server)
    await push(world)
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    const headers = { 'job-token': job?.token ?? '' }
    expect((await server.api().get(`/runners/${runner.id}`, headers)).status).toBe(401)
    expect((await server.api().get(`/projects/${world.project.id}/runners`, headers)).status).toBe(401)
  })
})

describe('lists', () => {
  it('show each what they administrate, and filter', async () => {
    const fleet = await aFleet()
    const { instance, ofGroup, ofProject } = fleet
    const ids = async (token: string, path: string) => {
      const { status, body } = await server.api(token).get<RunnerBody[]>(path)
      expect([path, status]).toEqual([path, 200])
      const mine = [instance.id, ofGroup.id, ofProject.id]
      return body.map(({ id }) => id).filter((id) => mine.includes(id))
    }
    const [root, owner, maintainer] = [server.rootToken, fleet.owner.token, fleet.maintainer.token]
    expect(await ids(owner, '/runners')).toEqual([ofProject.id, ofGroup.id])
    expect(await ids(maintainer, '/runners')).toEqual([ofProject.id])
    expect(await ids(fleet.developer.token, '/runners')).toEqual([])
    expect(await ids(root, '/runners')).toEqual([])
    expect(await ids(root, '/runners/all?per_page=100')).toEqual([ofProject.id, ofGroup.id, instance.id])
    expect((await server.api(owner).get('/runners/all')).status).toBe(403)

    const ofTheProject = `/projects/${fleet.project.id}/runners?per_page=100`
    expect(await ids(maintainer, ofTheProject)).toEqual([ofProject.id, ofGroup.id, instance.id])
    expect((await server.api(fleet.developer.token).get(ofTheProject)).status).toBe(403)
    expect((await server.api(fleet.outsider.token).get(ofTheProject)).status).toBe(404)
    expect(await ids(owner, `/groups/${fleet.group.id}/runners?per_page=100`)).toEqual([ofGroup.id, instance.id])
    expect((await server.api(maintainer).get(`/groups/${fleet.group.id}/runners`)).status).toBe(403)

    await contactedAgo(ofGroup.id, 1)
    await contactedAgo(ofProject.id, 3)
    await server.api(maintainer).put(`/runners/${ofProject.id}`, { paused: true })
    for (const [query, expected] of [
      ['type=group_type', [ofGroup.id]],
      ['scope=group_type', [ofGroup.id]],
      ['paused=true', [ofProject.id]],
      ['status=paused', [ofProject.id]],
      ['status=online', [ofGroup.id]],
      ['status=offline', [ofProject.id]],
      ['status=never_contacted&type=instance_type', [instance.id]],
      ['tag_list=fleet', [ofProject.id, ofGroup.id]],
      ['tag_list[]=fleet&tag_list[]=g', [ofGroup.id]],
      ['version_prefix=19.', []],
    ] as const) {
      expect([query, await ids(maintainer, `${ofTheProject}&${query}`)]).toEqual([query, expected])
    }
    expect(await server.api(maintainer).get(`${ofTheProject}&status=broken`)).toMatchObject({
      status: 400,
      body: { error: 'status does not have a valid value' },
    })
    expect((await server.api(maintainer).get(`${ofTheProject}&version_prefix=x`)).status).toBe(400)
    const page = await server.api(maintainer).get<RunnerBody[]>(`/projects/${fleet.project.id}/runners?per_page=1`)
    expect([page.body.length, page.headers.get('x-next-page')]).toEqual([1, '2'])
  })
})

describe('changing', () => {
  it('stores what is given, and writes before and after', async () => {
    const fleet = await aFleet()
    const { id } = fleet.ofProject
    const changes = {
      description: 'new',
      paused: 'true',
      tag_list: 'a,b,a',
      run_untagged: false,
      locked: true,
      access_level: 'ref_protected',
      maximum_timeout: 3600,
      maintenance_note: 'moved',
    }
    const changed = await server.api(fleet.maintainer.token).put(`/runners/${id}`, changes)
    expect(changed).toMatchObject({
      status: 200,
      body: { ...changes, paused: true, active: false, tag_list: ['a', 'b'] },
    })
    const [row] = await auditOf(id, 'ci_runner_updated')
    expect(row).toMatchObject({ entity_type: 'Project', entity_id: fleet.project.id, author_id: fleet.maintainer.id })
    expect(row?.details).toMatchObject({
      paused: { from: false, to: true },
      tag_list: { from: ['fleet', 'p'], to: ['a', 'b'] },
    })
    const again = await server
      .api(fleet.maintainer.token)
      .put(`/runners/${id}`, { paused: true, maximum_timeout: null })
    expect(again).toMatchObject({ status: 200, body: { maximum_timeout: null } })
    expect((await auditOf(id, 'ci_runner_updated')).map((one) => Object.keys(one.details))).toEqual([
      expect.any(Array),
      ['maximum_timeout'],
    ])
    expect(await server.api(fleet.maintainer.token).put(`/runners/${id}`, { active: true })).toMatchObject({
      body: { paused: false },
    })
  })

  it.each([
    [
      {},
      {
        error: expect.stringMatching(/^active, paused, .* are missing, at least one parameter must be provided$/),
      },
    ],
    [{ active: true, paused: true }, { error: 'active, paused are mutually exclusive' }],
    [{ access_level: 'all' }, { error: 'access_level does not have a valid value' }],
    [{ maximum_timeout: 5 }, { message: { maximum_timeout: ['needs to be at least 10 minutes'] } }],
    [
      { run_untagged: false, tag_list: [] },
      { message: { tags_list: ['can not be empty when runner is not allowed to pick untagged jobs'] } },
    ],
    [{ description: 'x'.repeat(1_025) }, { message: { description: ['is too long (maximum is 1024 characters)'] } }],
  ])('refuses %j', async (body, answer) => {
    const { id } = await create(server.rootToken, { runner_type: 'instance_type' })
    expect(await server.api(server.rootToken).put(`/runners/${id}`, body)).toMatchObject({ status: 400, body: answer })
    expect(await auditOf(id, 'ci_runner_updated')).toEqual([])
  })

  it('another token ends the old one; a deleted runner is gone', async () => {
    const fleet = await aFleet()
    const { id, token } = fleet.ofProject
    const api = server.api(fleet.maintainer.token)
    const reset = await api.post<{ token: string }>(`/runners/${id}/reset_authentication_token`)
    expect(reset).toMatchObject({
      status: 201,
      body: { token: expect.stringMatching(/^glrt-/), token_expires_at: null },
    })
    expect((await server.api().post('/runners/verify', { token })).status).toBe(403)
    expect((await server.api().post('/runners/verify', { token: reset.body.token })).status).toBe(200)
    expect(await auditOf(id, 'ci_runner_authentication_token_reset')).toMatchObject([
      { author_id: fleet.maintainer.id, entity_id: fleet.project.id },
    ])
    expect((await server.api(fleet.developer.token).delete(`/runners/${id}`)).status).toBe(403)
    expect(await api.delete(`/runners/${id}`)).toMatchObject({ status: 204, body: null })
    expect((await api.get(`/runners/${id}`)).status).toBe(404)
    expect((await server.api().post('/runners/verify', { token: reset.body.token })).status).toBe(403)
    expect(await auditOf(id, 'ci_runner_unregistered')).toHaveLength(1)
  })
})

describe('projects of a runner', () => {
  it('are enabled and disabled by those who administrate both, never the last one', async () => {
    const fleet = await aFleet()
    const { id } = fleet.ofProject
    const second = await aProject(server)
    const api = server.api(fleet.maintainer.token)
    const enable = (token: string, project: number, runner = id) =>
      server.api(token).post<{ message?: unknown }>(`/projects/${project}/runners`, { runner_id: runner })
    expect((await enable(fleet.maintainer.token, second.id)).status).toBe(404)
    await aMember(server, { project: second }, 'maintainer', { user: fleet.maintainer })
    const other = await aMember(server, { project: second }, 'maintainer')
    expect(await enable(other.token, second.id)).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - No access granted' },
    })
    expect(await enable(fleet.maintainer.token, second.id)).toMatchObject({ status: 201, body: { id } })
    expect(await enable(fleet.maintainer.token, second.id)).toMatchObject({
      status: 400,
      body: { message: { runner_id: ['has already been taken'] } },
    })
    for (const [runner, reason] of [
      [fleet.ofGroup.id, 'Runner is a group runner'],
      [fleet.instance.id, 'Runner is an instance runner'],
    ] as const) {
      expect(await enable(fleet.maintainer.token, second.id, runner)).toMatchObject({
        status: 403,
        body: { message: `403 Forbidden - ${reason}` },
      })
    }
    expect((await enable(fleet.maintainer.token, second.id, 999_999)).status).toBe(404)
    // Somebody who has a right in one of its projects alone reads it, and changes nothing.
    expect((await server.api(other.token).get<RunnerBody>(`/runners/${id}`)).body.projects).toEqual([
      expect.objectContaining({ id: second.id }),
    ])
    expect((await server.api(other.token).put(`/runners/${id}`, { paused: true })).status).toBe(403)
    expect((await server.api(other.token).post(`/runners/${id}/reset_authentication_token`)).status).toBe(403)
    expect(await api.delete(`/runners/${id}`)).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Runner associated with more than one project' },
    })
    expect((await server.api(other.token).delete(`/projects/${second.id}/runners/${id}`)).status).toBe(204)
    expect(await api.delete(`/projects/${second.id}/runners/${id}`)).toMatchObject({
      status: 404,
      body: { message: '404 Runner Not Found' },
    })
    expect(await api.delete(`/projects/${fleet.project.id}/runners/${id}`)).toMatchObject({
      status: 403,
      body: {
        message: '403 Forbidden - Only one project associated with the runner. Please remove the runner instead',
      },
    })
    expect(await auditOf(id, 'ci_runner_assigned_to_project')).toMatchObject([{ entity_id: second.id }])
    expect(await auditOf(id, 'ci_runner_unassigned_from_project')).toMatchObject([
      { entity_id: second.id, author_id: other.id },
    ])
    await api.put(`/runners/${id}`, { locked: true })
    expect(await enable(fleet.maintainer.token, second.id)).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Runner is locked' },
    })
  })
})

describe('jobs of a runner', () => {
  it('are those of projects where the caller may read jobs', async () => {
    const [world, other] = [await aDeploymentWorld(server), await aDeploymentWorld(server)]
    await push(world)
    const runner = await aRunner(server, { projectId: world.project.id })
    await inTransaction(server.app.db, (tx) =>
      tx.insertInto('runner_projects').values({ runner_id: runner.id, project_id: other.project.id }).execute(),
    )
    const first = await finishOne(runner)
    await push(other)
    const second = await finishOne(runner)
    const jobs = async (token: string, query = '') =>
      (await server.api(token).get<{ id: number; project: object }[]>(`/runners/${runner.id}/jobs${query}`)).body
    expect((await jobs(server.rootToken)).map(({ id }) => id)).toEqual([second, first])
    expect((await jobs(server.rootToken, '?order_by=id&sort=asc')).map(({ id }) => id)).toEqual([first, second])
    expect(await jobs(server.rootToken, '?status=failed')).toEqual([])
    expect(await jobs(server.rootToken, '?system_id=s_other')).toEqual([])
    const mine = await jobs(world.maintainer.token)
    expect(mine).toMatchObject([
      { id: first, status: 'success', project: { id: world.project.id, path_with_namespace: world.project.full_path } },
    ])
  })
})

describe('registration tokens', () => {
  it('are replaced by those who administrate the place', async () => {
    const fleet = await aFleet()
    const rows: [string, string, string, number][] = [
      ['root', server.rootToken, '/runners/reset_registration_token', 201],
      ['owner', fleet.owner.token, '/runners/reset_registration_token', 403],
      ['owner', fleet.owner.token, `/groups/${fleet.group.id}/runners/reset_registration_token`, 201],
      ['maintainer', fleet.maintainer.token, `/groups/${fleet.group.id}/runners/reset_registration_token`, 403],
      ['maintainer', fleet.maintainer.token, `/projects/${fleet.project.id}/runners/reset_registration_token`, 201],
      ['developer', fleet.developer.token, `/projects/${fleet.project.id}/runners/reset_registration_token`, 403],
      ['outsider', fleet.outsider.token, `/projects/${fleet.project.id}/runners/reset_registration_token`, 404],
    ]
    for (const [name, token, path, status] of rows) {
      const answer = await server.api(token).post<{ token?: string }>(path)
      expect([name, path, answer.status]).toEqual([name, path, status])
      if (status !== 201) continue
      expect(answer.body).toEqual({ token: expect.stringMatching(/^GR1348941/), token_expires_at: null })
      const registered = await server.api().post('/runners', { token: answer.body.token })
      expect(registered.status).toBe(201)
      await server.api(token).post(path)
      expect((await server.api().post('/runners', { token: answer.body.token })).status).toBe(403)
    }
    const audit = server.db
      .selectFrom('audit_events')
      .select('author_id')
      .where('event_name', '=', 'ci_runner_token_reset')
    expect(await audit.where('entity_type', '=', 'Group').where('entity_id', '=', fleet.group.id).execute()).toEqual([
      { author_id: fleet.owner.id },
      { author_id: fleet.owner.id },
    ])
  })

  it('replaced by several people at once, one of the new ones works', async () => {
    const { project, maintainer } = await aFleet()
    const path = `/projects/${project.id}/runners/reset_registration_token`
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.api(maintainer.token).post<{ token: string }>(path)),
    )
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
    const tried = await Promise.all(answers.map(({ body }) => server.api().post('/runners', { token: body.token })))
    expect(tried.filter(({ status }) => status === 201)).toHaveLength(1)
  })

  it('stop working when an administrator disallows them', async () => {
    const [root, somebody] = [server.api(server.rootToken), server.api((await aUser(server)).token)]
    const { token } = (await root.post<{ token: string }>('/runners/reset_registration_token')).body
    expect((await somebody.get('/application/settings')).status).toBe(403)
    expect((await somebody.put('/application/settings', { allow_runner_registration_token: false })).status).toBe(403)
    const off = await root.put('/application/settings', { allow_runner_registration_token: 'false' })
    expect(off).toMatchObject({ status: 200, body: { allow_runner_registration_token: false } })
    try {
      expect((await server.api().post('/runners', { token })).status).toBe(410)
      expect(await root.get('/application/settings')).toMatchObject({
        body: { allow_runner_registration_token: false },
      })
    } finally {
      await root.put('/application/settings', { allow_runner_registration_token: true })
    }
    expect((await server.api().post('/runners', { token })).status).toBe(201)
    const audit = server.db
      .selectFrom('audit_events')
      .select('details')
      .where('event_name', '=', 'application_setting_updated')
    expect(await audit.orderBy('id').execute()).toEqual([
      { details: { from: true, to: false } },
      { details: { from: false, to: true } },
    ])
  })
})

describe('a request that is held', () => {
  const config = 'a: { script: [x], tags: [fast] }\nb: { script: [y] }\n'

  it.each([
    ['paused', (id: number) => server.api(server.rootToken).put(`/runners/${id}`, { paused: true })],
    ['deleted', (id: number) => server.api(server.rootToken).delete(`/runners/${id}`)],
    ['another token', (id: number) => server.api(server.rootToken).post(`/runners/${id}/reset_authentication_token`)],
  ])('gets no job after its runner was changed: %s', async (_, change) => {
    const held = await startTestServer({
      database: server.database,
      dataDir: server.dataDir,
      timing: { holdMs: 3_000 },
    })
    try {
      const world = await aDeploymentWorld(server)
      const runner = await aRunner(server, { projectId: world.project.id, url: held.url })
      const waiting = runner.request()
      await expect.poll(() => hasCalled(runner), { timeout: 20_000 }).toBe(true)
      expect((await change(runner.id)).status).toBeLessThan(300)
      await push(world, config)
      expect(await waiting).toBeNull()
    } finally {
      await held.stop()
    }
  })

  it('gets a job that it may take only now', async () => {
    const held = await startTestServer({
      database: server.database,
      dataDir: server.dataDir,
      timing: { holdMs: 20_000 },
    })
    try {
      const world = await aDeploymentWorld(server)
      await push(world, 'a: { script: [x], tags: [fast] }\n')
      const runner = await aRunner(server, { projectId: world.project.id, url: held.url })
      const waiting = runner.request()
      await expect.poll(() => hasCalled(runner), { timeout: 20_000 }).toBe(true)
      await server.api(server.rootToken).put(`/runners/${runner.id}`, { tag_list: ['fast'] })
      expect(await waiting).toMatchObject({ job_info: { name: 'a' } })
    } finally {
      await held.stop()
    }
  })

  async function hasCalled(runner: TestRunner): Promise<boolean> {
    const row = await server.db
      .selectFrom('runners')
      .select('contacted_at')
      .where('id', '=', runner.id)
      .executeTakeFirst()
    return row?.contacted_at !== null
  }
})

async function finishOne(runner: TestRunner): Promise<number> {
  const job = await runner.request()
  if (!job) throw new Error('the runner got no job')
  await runner.finish(job)
  return job.id
}
