import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchTransport, makeClient } from '../../src/contract/client.ts'
import { listProjects } from '../../src/contract/projects.ts'
import type { Namespace } from '../../src/db/namespaces.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { readCommit, readFile } from '../../src/git/object-reader.ts'
import { readHead } from '../../src/git/refs.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aUser, type Role, unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
})
afterAll(() => server.stop())

type Listed = { id: number; name: string; path_with_namespace: string }

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

async function auditOf(id: number): Promise<string[]> {
  const rows = await server.db
    .selectFrom('audit_events')
    .select('event_name')
    .where('entity_type', '=', 'Project')
    .where('entity_id', '=', id)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.event_name)
}

async function apiOf(group: { readonly id: number }, role: Role): Promise<Api> {
  return server.api((await aMember(server, { group }, role)).token)
}

describe('POST /projects', () => {
  it('creates a project in a group with a README on the default branch', async () => {
    const group = await aGroup(server, { name: 'Operators' })
    const person = await aMember(server, { group }, 'maintainer')
    const { status, body } = await server.api(person.token).post<Listed & { id: number }>('/projects', {
      name: 'Über Deploy',
      namespace_id: group.id,
      initialize_with_readme: true,
      default_branch: 'trunk',
      description: 'Ships it',
      build_timeout: 1200,
      auto_cancel_pending_pipelines: 'disabled',
    })
    expect(status).toBe(201)
    const full = `${group.path}/uber-deploy`
    expect(body).toMatchObject({
      name: 'Über Deploy',
      path: 'uber-deploy',
      path_with_namespace: full,
      name_with_namespace: 'Operators / Über Deploy',
      description: 'Ships it',
      visibility: 'private',
      default_branch: 'trunk',
      empty_repo: false,
      archived: false,
      creator_id: person.id,
      build_timeout: 1200,
      auto_cancel_pending_pipelines: 'disabled',
      ci_forward_deployment_enabled: true,
      allow_pipeline_trigger_approve_deployment: false,
      web_url: `${server.url}/${full}`,
      http_url_to_repo: `${server.url}/${full}.git`,
      readme_url: `${server.url}/${full}/-/blob/trunk/README.md`,
      namespace: { id: group.id, kind: 'group', full_path: group.path, parent_id: null },
      shared_with_groups: [],
      permissions: { project_access: null, group_access: { access_level: 40 } },
    })
    const repository = server.app.repositories.open(body.id)
    expect(await readHead(repository)).toBe('trunk')
    const file = await readFile(repository, 'refs/heads/trunk', 'README.md', 1_000)
    expect(file.ok && file.value.content.toString()).toBe('# Über Deploy\n\nShips it\n')
    expect(await readCommit(repository, 'refs/heads/trunk')).toMatchObject({
      author: { name: person.name, email: person.email },
    })
    expect(await auditOf(body.id)).toEqual(['project_created'])
    expect((await root.get(`/projects/${encodeURIComponent(full.toUpperCase())}`)).body).toMatchObject({ id: body.id })
  })

  it('creates an empty one in the person’s own namespace, which they own', async () => {
    const person = await aUser(server)
    const api = server.api(person.token)
    const { status, body } = await api.post<Listed>('/projects', new URLSearchParams({ path: 'tools' }))
    expect(status).toBe(201)
    expect(body).toMatchObject({
      name: 'tools',
      path_with_namespace: `${person.username}/tools`,
      default_branch: 'main',
      empty_repo: true,
      readme_url: null,
      owner: { id: person.id },
      namespace: { kind: 'user', web_url: `${server.url}/${person.username}` },
      permissions: { project_access: { access_level: 50 }, group_access: null },
    })
    expect((await api.get(`/projects/${body.id}/members`)).body).toMatchObject([{ id: person.id, access_level: 50 }])
  })

  it.each<[string, object, object]>([
    ['neither name nor path', {}, { error: 'name, path are missing, at least one parameter must be provided' }],
    ['an empty name', { name: '' }, { message: { name: ["can't be blank"], path: ["can't be blank"] } }],
    ['a reserved path', { path: 'blob' }, { message: { path: ['is a reserved name'] } }],
    [
      'a path with .git',
      { path: 'some.git' },
      {
        message: {
          path: [
            "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', '_', or '.', nor end with '-', '_', '.', '.git', or '.atom'.",
          ],
        },
      },
    ],
    [
      'a name that is markup',
      { name: '<script>', path: 'ok' },
      {
        message: {
          name: [
            "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a letter, digit, emoji, or '_'.",
          ],
        },
      },
    ],
    ['an unknown namespace', { name: 'x', namespace_id: 999999 }, { message: { namespace: ['is not valid'] } }],
    ['a bad branch', { name: 'x', default_branch: 'a..b' }, { message: { default_branch: ['contains ..'] } }],
    [
      'a short timeout',
      { name: 'x', build_timeout: 5 },
      { message: { build_timeout: ['needs to be between 10 minutes and 1 month'] } },
    ],
    [
      'a path out of the repository',
      { name: 'x', ci_config_path: 'a/../../etc' },
      { message: { ci_config_path: ["can't be outside the project"] } },
    ],
    [
      'a huge depth',
      { name: 'x', ci_default_git_depth: 5000 },
      { message: { ci_default_git_depth: ['must be between 0 and 1000'] } },
    ],
    [
      'a mode there is not',
      { name: 'x', resource_group_default_process_mode: 'any' },
      { error: 'resource_group_default_process_mode does not have a valid value' },
    ],
    ['another visibility', { name: 'x', visibility: 'secret' }, { error: 'visibility does not have a valid value' }],
  ])('refuses %s and leaves nothing behind', async (_what, request, body) => {
    const before = await server.app.repositories.list()
    expect(await root.post('/projects', request)).toMatchObject({ status: 400, body })
    expect(await server.app.repositories.list()).toEqual(before)
  })

  it('refuses a path that is taken, leaving nothing behind, also in a race', async () => {
    const group = await aGroup(server)
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => root.post('/projects', { name: 'same', namespace_id: group.id })),
    )
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
    const message = { name: ['has already been taken'], path: ['has already been taken'] }
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer).toMatchObject({ status: 400, body: { message } })
    }
    const ids = await server.db.selectFrom('projects').select('id').execute()
    expect(await server.app.repositories.list()).toEqual(ids.map(({ id }) => id).sort((a, b) => a - b))
    // A subgroup's path is taken, too.
    await aGroup(server, { parent: group, path: 'sub' })
    expect((await root.post('/projects', { name: 'SUB', namespace_id: group.id })).status).toBe(400)
  })

  it('is not more open than its group', async () => {
    const group = await aGroup(server)
    const answer = await root.post('/projects', { name: 'x', namespace_id: group.id, visibility: 'internal' })
    expect(answer.body).toEqual({ message: { visibility_level: ['internal is not allowed in a private group.'] } })
  })

  it.each([
    ['owner', 201],
    ['maintainer', 201],
    ['developer', 400],
    ['guest', 400],
  ] as const)('in a group as %s answers %i', async (role, status) => {
    const group = await aGroup(server)
    const api = await apiOf(group, role)
    expect((await api.post('/projects', { name: 'x', namespace_id: group.id })).status).toBe(status)
  })

  it('in a group or namespace of others answers what a wrong namespace does', async () => {
    const stranger = server.api((await aUser(server)).token)
    const group = await aGroup(server)
    const other = await aUser(server)
    const own = await server.db
      .selectFrom('namespaces')
      .select('id')
      .where('owner_id', '=', other.id)
      .executeTakeFirstOrThrow()
    for (const namespace_id of [group.id, own.id]) {
      expect(await stranger.post('/projects', { name: 'x', namespace_id })).toMatchObject({
        status: 400,
        body: { message: { namespace: ['is not valid'] } },
      })
    }
    expect((await root.post('/projects', { name: 'x', namespace_id: own.id })).status).toBe(201)
    expect((await server.api().post('/projects', { name: 'x' })).status).toBe(401)
  })
})

describe('GET /projects', () => {
  it('shows what each may see, and how they may see it', async () => {
    const word = unique('word')
    const group = await aGroup(server, { visibility: 'public' })
    const open = await aProject(server, { group, path: `${word}-open`, visibility: 'public' })
    const inner = await aProject(server, { group, path: `${word}-inner`, visibility: 'internal' })
    const closed = await aProject(server, { group, path: `${word}-closed` })
    const invited = await aGroup(server)
    await inTransaction(server.db, (tx) =>
      tx
        .insertInto('project_group_links')
        .values({ project_id: closed.id, group_id: invited.id, group_access: 30, expires_at: null })
        .execute(),
    )
    const list = async (api: Api, query = '') =>
      (await api.get<Listed[]>(`/projects?search=${word}&order_by=id&sort=asc${query}`)).body.map(
        (project) => project.id,
      )
    expect(await list(server.api())).toEqual([open.id])
    const stranger = server.api((await aUser(server)).token)
    expect(await list(stranger)).toEqual([open.id, inner.id])
    expect(await list(stranger, '&membership=true')).toEqual([])
    expect(await list(root)).toEqual([open.id, inner.id, closed.id])
    const guest = server.api((await aMember(server, { group: invited }, 'owner')).token)
    expect(await list(guest)).toEqual([open.id, inner.id, closed.id])
    expect(await list(guest, '&membership=true')).toEqual([closed.id])
    expect(await list(guest, '&min_access_level=30')).toEqual([closed.id])
    expect(await list(guest, '&min_access_level=40')).toEqual([])
    const owner = await apiOf(group, 'owner')
    expect(await list(owner, '&owned=true')).toEqual([open.id, inner.id, closed.id])
    expect(await list(root, '&visibility=internal')).toEqual([inner.id])
    expect(await list(root, '&archived=true')).toEqual([])
    expect(await list(root, '&last_activity_after=2100-01-01')).toEqual([])
    expect(await list(root, '&sort=desc')).toEqual([closed.id, inner.id, open.id])
  })

  it('tells no more than asked for, and less to nobody', async () => {
    const project = await aProject(server, { visibility: 'public' })
    const keys = async (api: Api, query = '') => {
      const { body } = await api.get<object[]>(`/projects?search=${project.path}${query}`)
      return Object.keys(body[0] ?? {})
    }
    expect(await keys(root)).toContain('permissions')
    expect(await keys(root, '&simple=true')).not.toContain('permissions')
    expect(await keys(root, '&simple=true')).toContain('namespace')
    expect(await keys(server.api())).not.toContain('ci_config_path')
    expect((await server.api().get(`/projects/${project.id}`)).body).not.toHaveProperty('build_timeout')
  })

  it('searches the name, the path, and with search_namespaces the whole path', async () => {
    const group = await aGroup(server, { path: unique('haystack') })
    const project = await aProject(server, { group })
    const list = async (query: string) => (await root.get<Listed[]>(`/projects?${query}`)).body.map(({ id }) => id)
    expect(await list(`search=${project.path.toUpperCase()}`)).toEqual([project.id])
    expect(await list(`search=${group.path}`)).toEqual([])
    expect(await list(`search=${group.path}&search_namespaces=true`)).toEqual([project.id])
  })

  it('pages by number with every header, and by key without counting', async () => {
    const word = unique('many')
    const group = await aGroup(server)
    const ids: number[] = []
    for (let i = 0; i < 5; i++) ids.push((await aProject(server, { group, path: `${word}-${i}` })).id)
    const offset = await root.get<Listed[]>(`/projects?search=${word}&order_by=id&sort=asc&per_page=2&page=2`)
    expect(offset.body.map(({ id }) => id)).toEqual(ids.slice(2, 4))
    expect(offset.headers.get('x-total')).toBe('5')
    expect(offset.headers.get('x-total-pages')).toBe('3')
    expect(offset.headers.get('x-next-page')).toBe('3')
    const keyset = await root.get<Listed[]>(
      `/projects?search=${word}&order_by=id&sort=asc&per_page=2&pagination=keyset`,
    )
    expect(keyset.headers.get('x-total')).toBeNull()
    expect(keyset.headers.get('content-type')).toBe('application/json')
    expect(keyset.headers.get('link')).toBe(
      `<${server.url}/api/v4/projects?search=${word}&order_by=id&sort=asc&per_page=2&pagination=keyset&id_after=${ids[1]}>; rel="next"`,
    )
    const client = makeClient(fetchTransport({ baseUrl: server.url, token: server.rootToken }))
    for (const sort of ['asc', 'desc'] as const) {
      const all = await client.all(listProjects, {
        search: word,
        order_by: 'id',
        sort,
        per_page: 2,
        pagination: 'keyset',
      })
      expect(all.map(({ id }) => id)).toEqual(sort === 'asc' ? ids : ids.toReversed())
    }
    expect((await root.get('/projects?pagination=keyset&order_by=name')).status).toBe(405)
  })
})

describe('GET /projects/:id', () => {
  it('answers 404 for what cannot be seen, by id and by path', async () => {
    const project = await aProject(server)
    const stranger = server.api((await aUser(server)).token)
    for (const id of [project.id, encodeURIComponent(project.full_path), 999999, 'no%2Fthere', '0', '9'.repeat(30)]) {
      for (const api of [stranger, server.api()]) {
        expect(await api.get(`/projects/${id}`)).toMatchObject({
          status: 404,
          body: { message: '404 Project Not Found' },
        })
      }
    }
  })

  it('lists users and groups', async () => {
    const top = await aGroup(server)
    const sub = await aGroup(server, { parent: top })
    const project = await aProject(server, { group: sub })
    const person = await aMember(server, { group: top }, 'developer')
    const invited = await aGroup(server)
    await inTransaction(server.db, (tx) =>
      tx
        .insertInto('project_group_links')
        .values({ project_id: project.id, group_id: invited.id, group_access: 20, expires_at: null })
        .execute(),
    )
    const ids = async (path: string, api = root) =>
      (await api.get<Listed[]>(`/projects/${project.id}/${path}`)).body.map(({ id }) => id)
    expect(await ids('users')).toEqual([person.id])
    expect(await ids(`users?skip_users[]=${person.id}`)).toEqual([])
    expect(await ids('groups')).toEqual([top.id, sub.id])
    expect(await ids('groups?with_shared=true')).toEqual([top.id, sub.id, invited.id])
    expect(await ids('groups?with_shared=true&shared_min_access_level=30')).toEqual([top.id, sub.id])
    expect(await ids(`groups?skip_groups=${top.id}`)).toEqual([sub.id])
    // Somebody of the project does not see a group that was invited.
    expect(await ids('groups?with_shared=true', server.api(person.token))).toEqual([top.id, sub.id])
  })
})

describe('PUT /projects/:id', () => {
  it('changes what is given, each on record; the old path answers 404 at once (7.2, unlike GitLab, which redirects)', async () => {
    const group = await aGroup(server, { visibility: 'internal' })
    const project = await aProject(server, { group })
    const path = unique('renamed')
    const { status, body } = await root.put(`/projects/${project.id}`, {
      name: 'Renamed',
      path,
      description: 'new',
      visibility: 'internal',
      allow_pipeline_trigger_approve_deployment: true,
      ci_config_path: 'ci/deploy.yml',
      ci_default_git_depth: 0,
      public_builds: false,
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      name: 'Renamed',
      path_with_namespace: `${group.path}/${path}`,
      description: 'new',
      visibility: 'internal',
      allow_pipeline_trigger_approve_deployment: true,
      ci_config_path: 'ci/deploy.yml',
      ci_default_git_depth: 0,
      public_jobs: false,
    })
    expect((await auditOf(project.id)).sort((a, b) => a.localeCompare(b))).toEqual([
      'project_allow_pipeline_trigger_approve_deployment_updated',
      'project_ci_config_path_updated',
      'project_ci_default_git_depth_updated',
      'project_description_updated',
      'project_name_updated',
      'project_path_updated',
      'project_public_jobs_updated',
      'project_visibility_level_updated',
    ])
    expect((await root.get(`/projects/${encodeURIComponent(project.full_path)}`)).status).toBe(404)
    expect((await root.get(`/projects/${encodeURIComponent(`${group.path}/${path}`)}`)).status).toBe(200)
    const again = await root.put(`/projects/${project.id}`, { ci_config_path: '', ci_default_git_depth: '' })
    expect(again.body).toMatchObject({ ci_config_path: null, ci_default_git_depth: null })
  })

  it('moves HEAD with the default branch, which must exist', async () => {
    const { body } = await root.post<Listed>('/projects', { name: unique('head'), initialize_with_readme: true })
    expect(await root.put(`/projects/${body.id}`, { default_branch: 'none' })).toMatchObject({
      status: 400,
      body: { message: { base: ["Could not change HEAD: branch 'none' does not exist"] } },
    })
    const empty = await aProject(server)
    expect((await root.put(`/projects/${empty.id}`, { default_branch: 'trunk' })).status).toBe(200)
    expect(await readHead(server.app.repositories.open(empty.id))).toBe('trunk')
    expect(await auditOf(empty.id)).toEqual(['project_default_branch_updated'])
  })

  it.each<[string, object, object]>([
    [
      'a taken path',
      { path: 'taken' },
      { message: { name: ['has already been taken'], path: ['has already been taken'] } },
    ],
    [
      'more than the group allows',
      { visibility: 'public' },
      { message: { visibility_level: ['public is not allowed in a private group.'] } },
    ],
    ['an empty name', { name: '' }, { message: { name: ["can't be blank"] } }],
    ['no boolean', { archived: 'perhaps' }, { error: 'archived is invalid' }],
  ])('refuses %s and changes nothing', async (_what, changes, body) => {
    const group = await aGroup(server)
    await aProject(server, { group, path: 'taken' })
    const project = await aProject(server, { group })
    expect(await root.put(`/projects/${project.id}`, { description: 'x', ...changes })).toMatchObject({
      status: 400,
      body,
    })
    expect((await root.get(`/projects/${project.id}`)).body).toMatchObject({ description: null, path: project.path })
    expect(await auditOf(project.id)).toEqual([])
  })
})

describe('archiving', () => {
  it('goes there and back, and is on record', async () => {
    const project = await aProject(server)
    expect(await root.post(`/projects/${project.id}/archive`)).toMatchObject({ status: 201, body: { archived: true } })
    expect(await root.post(`/projects/${project.id}/archive`)).toMatchObject({ status: 201, body: { archived: true } })
    const listed = await root.get<Listed[]>(`/projects?archived=true&search=${project.path}`)
    expect(listed.body.map(({ id }) => id)).toEqual([project.id])
    expect(await root.post(`/projects/${project.id}/unarchive`)).toMatchObject({ body: { archived: false } })
    expect(await auditOf(project.id)).toEqual(['project_archived', 'project_unarchived'])
  })
})

describe('sharing a project', () => {
  it('gives the invited group’s people a role, and takes it and what names them away', async () => {
    const project = await aProject(server)
    const maintainer = await aMember(server, { project }, 'maintainer')
    const invited = await aGroup(server)
    await aMember(server, { group: invited }, 'guest', { user: maintainer })
    const person = await aMember(server, { group: invited }, 'owner')
    const api = server.api(maintainer.token)
    const share = { group_id: invited.id, group_access: 30, expires_at: inDays(4) }
    const { status, body } = await api.post(`/projects/${project.id}/share`, share)
    expect(status).toBe(201)
    expect(body).toEqual({ id: expect.any(Number), project_id: project.id, ...share })
    expect((await root.get(`/projects/${project.id}`)).body).toMatchObject({
      shared_with_groups: [{ group_id: invited.id, group_access_level: 30, expires_at: inDays(4) }],
    })
    const all = `/projects/${project.id}/members/all/${person.id}`
    expect((await api.get(all)).body).toMatchObject({ access_level: 30 })
    expect(await api.post(`/projects/${project.id}/share`, share)).toMatchObject({
      status: 409,
      body: { message: 'Group already shared with this group' },
    })
    const environment = await protect(project.id, invited, person.id)
    expect((await api.delete(`/projects/${project.id}/share/${invited.id}`)).status).toBe(204)
    expect((await api.get(all)).status).toBe(404)
    expect(await api.delete(`/projects/${project.id}/share/${invited.id}`)).toMatchObject({
      status: 404,
      body: { message: '404 Group Link Not Found' },
    })
    const levels = await server.db
      .selectFrom('deploy_access_levels')
      .select('id')
      .where('protected_environment_id', '=', environment)
      .execute()
    expect(levels).toEqual([])
    const rules = await server.db
      .selectFrom('approval_rules')
      .select('access_level')
      .where('protected_environment_id', '=', environment)
      .execute()
    expect(rules).toEqual([{ access_level: 40 }])
    expect(await auditOf(project.id)).toEqual([
      'project_group_link_created',
      'project_group_link_deleted',
      'protected_environment_deploy_access_level_deleted',
      'protected_environment_approval_rule_deleted',
      'protected_environment_deploy_access_level_deleted',
      'protected_environment_approval_rule_deleted',
    ])
  })

  it('needs a group that the person can see, that is not around, and no more than they have', async () => {
    const group = await aGroup(server)
    const project = await aProject(server, { group })
    const maintainer = server.api((await aMember(server, { project }, 'maintainer')).token)
    const ask = (group_id: number, group_access = 30) =>
      maintainer.post(`/projects/${project.id}/share`, { group_id, group_access })
    const open = await aGroup(server, { visibility: 'public' })
    expect(await ask((await aGroup(server)).id)).toMatchObject({
      status: 404,
      body: { message: '404 Group Not Found' },
    })
    expect((await ask(999999)).status).toBe(404)
    expect((await ask(open.id, 50)).status).toBe(403)
    expect((await ask(open.id, 35)).status).toBe(400)
    expect(await ask(group.id)).toMatchObject({
      status: 409,
      body: { message: 'Project cannot be shared with the group it is in or one of its ancestors.' },
    })
    expect((await ask(open.id, 40)).status).toBe(201)
  })

  async function protect(projectId: number, group: Namespace, userId: number): Promise<number> {
    return inTransaction(server.db, async (tx) => {
      const { id } = await tx
        .insertInto('protected_environments')
        .values({ project_id: projectId, group_id: null, name: 'production' })
        .returning('id')
        .executeTakeFirstOrThrow()
      const entries = [
        { protected_environment_id: id, group_id: group.id, access_level: null, user_id: null },
        { protected_environment_id: id, group_id: null, access_level: null, user_id: userId },
      ]
      await tx.insertInto('deploy_access_levels').values(entries).execute()
      const role = { protected_environment_id: id, group_id: null, access_level: 40, user_id: null }
      await tx
        .insertInto('approval_rules')
        .values([...entries, role])
        .execute()
      return id
    })
  }
})

describe('who may', () => {
  const acts: Record<string, (api: Api, id: number) => Promise<{ status: number }>> = {
    see: (api, id) => api.get(`/projects/${id}`),
    describe: (api, id) => api.put(`/projects/${id}`, { description: unique('x') }),
    rename: (api, id) => api.put(`/projects/${id}`, { name: unique('x') }),
    move: (api, id) => api.put(`/projects/${id}`, { path: unique('x') }),
    open: (api, id) => api.put(`/projects/${id}`, { visibility: 'private' }),
    share: (api, id) => api.delete(`/projects/${id}/share/999999`),
    archive: (api, id) => api.post(`/projects/${id}/archive`),
    unarchive: (api, id) => api.post(`/projects/${id}/unarchive`),
    remove: (api, id) => api.delete(`/projects/${id}`),
  }
  const expected: Record<string, Record<string, number>> = {
    guest: { see: 200 },
    developer: { see: 200 },
    maintainer: { see: 200, describe: 200, rename: 200, move: 200, share: 404 },
    owner: {
      see: 200,
      describe: 200,
      rename: 200,
      move: 200,
      open: 200,
      share: 404,
      archive: 201,
      unarchive: 201,
      remove: 202,
    },
  }

  it.each(Object.keys(expected))('as %s', async (role) => {
    const project = await aProject(server)
    const api = server.api((await aMember(server, { project }, role as Role)).token)
    for (const [name, act] of Object.entries(acts)) {
      expect({ name, status: (await act(api, project.id)).status }).toEqual({
        name,
        status: expected[role]?.[name] ?? 403,
      })
    }
  })

  it('as a stranger or nobody', async () => {
    const project = await aProject(server)
    const stranger = server.api((await aUser(server)).token)
    for (const [name, act] of Object.entries(acts)) {
      expect({ name, status: (await act(stranger, project.id)).status }).toEqual({ name, status: 404 })
      expect({ name, status: (await act(server.api(), project.id)).status }).toEqual({
        name,
        status: name === 'see' ? 404 : 401,
      })
    }
  })
})

describe('DELETE /projects/:id', () => {
  it('T22 takes everything along, so that the path begins anew', async () => {
    const group = await aGroup(server)
    const owner = await aMember(server, { group }, 'owner')
    const project = await aProject(server, { group, path: 'again' })
    const developer = await aMember(server, { project }, 'developer')
    await inTransaction(server.db, (tx) =>
      tx
        .insertInto('protected_environments')
        .values({ project_id: project.id, group_id: null, name: 'production' })
        .execute(),
    )
    const api = server.api(owner.token)
    expect(await api.delete(`/projects/${project.id}`)).toMatchObject({
      status: 202,
      body: { message: '202 Accepted' },
    })
    await expect.poll(() => server.app.repositories.exists(project.id)).toBe(false)
    const { body } = await api.post<Listed>('/projects', { name: 'again', namespace_id: group.id })
    expect(body.id).not.toBe(project.id)
    expect((await server.api(developer.token).get(`/projects/${body.id}`)).status).toBe(404)
    const protections = await server.db
      .selectFrom('protected_environments')
      .select('id')
      .where('project_id', '=', body.id)
      .execute()
    expect(protections).toEqual([])
    expect(await auditOf(project.id)).toEqual(['project_destroyed'])
  })
})
