import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aUser, unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
})
afterAll(() => server.stop())

type Group = { id: number; full_path: string; name: string }

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

async function auditOf(id: number): Promise<string[]> {
  const rows = await server.db
    .selectFrom('audit_events')
    .select('event_name')
    .where('entity_type', '=', 'Group')
    .where('entity_id', '=', id)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.event_name)
}

describe('POST /groups', () => {
  it('creates a group whose creator is its Owner', async () => {
    const person = await aUser(server)
    const path = unique('ops')
    const api = server.api(person.token)
    const { status, body } = await api.post<Group>('/groups', { name: 'Operators (EU)', path, description: 'On call' })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      name: 'Operators (EU)',
      path,
      full_path: path,
      full_name: 'Operators (EU)',
      description: 'On call',
      visibility: 'private',
      parent_id: null,
      web_url: `${server.url}/groups/${path}`,
      shared_with_groups: [],
      projects: [],
      shared_projects: [],
    })
    expect((await api.get(`/groups/${body.id}/members`)).body).toMatchObject([{ id: person.id, access_level: 50 }])
    expect((await api.get(`/groups/${path.toUpperCase()}`)).body).toMatchObject({ id: body.id })
    expect(await auditOf(body.id)).toEqual(['group_created'])
  })

  it('creates subgroups, which are found by their URL-encoded path', async () => {
    const top = await aGroup(server, { name: 'Top', visibility: 'internal' })
    const form = new URLSearchParams({ name: 'Sub', path: 'sub', parent_id: String(top.id), visibility: 'internal' })
    const { status, body } = await root.post<Group>('/groups', form)
    expect(status).toBe(201)
    expect(body).toMatchObject({ parent_id: top.id, full_path: `${top.path}/sub`, full_name: 'Top / Sub' })
    const path = encodeURIComponent(`${top.path}/sub`)
    expect((await root.get(`/groups/${path}`)).body).toMatchObject({ id: body.id })
    expect((await root.get(`/groups/${encodeURIComponent(`${path}/none`)}`)).status).toBe(404)
  })

  it.each<[string, object, string]>([
    ['no name', { name: undefined }, 'name is missing'],
    ['no path', { path: undefined }, 'path is missing'],
    ['another visibility', { visibility: 'secret' }, 'visibility does not have a valid value'],
    ['a parent that is no number', { parent_id: 'x' }, 'parent_id is invalid'],
  ])('refuses %s', async (_what, overrides, error) => {
    const answer = await root.post('/groups', { name: 'x', path: unique('x'), ...overrides })
    expect(answer).toMatchObject({ status: 400, body: { error } })
  })

  const format =
    "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', '.git' or '.atom'."
  it.each<[string, object, string]>([
    ['a reserved path', { path: 'api' }, '{:path=>["is a reserved name"]}'],
    ['a path in use below projects', { path: 'Blob' }, '{:path=>["is a reserved name"]}'],
    ['-', { path: '-' }, `{:path=>["${format}"]}`],
    ['.git', { path: 'some.git' }, `{:path=>["${format}"]}`],
    ['.atom', { path: 'some.atom' }, `{:path=>["${format}"]}`],
    ['a slash', { path: 'a/b' }, `{:path=>["${format}"]}`],
    ['an empty path', { path: '' }, `{:path=>["can't be blank"]}`],
    ['an empty name', { name: '' }, `{:name=>["can't be blank"]}`],
    [
      'a name of marks',
      { name: '<b>' },
      `{:name=>["can contain only letters, digits, emoji, '_', '.', dash, space, parenthesis. It must start with letter, digit, emoji or '_'."]}`,
    ],
  ])('refuses %s in GitLab’s words', async (_what, overrides, problem) => {
    const answer = await root.post('/groups', { name: 'x', path: unique('x'), ...overrides })
    expect(answer).toMatchObject({ status: 400, body: { message: `Failed to save group ${problem}` } })
  })

  it.each<[string, () => Promise<string>]>([
    ['another group', async () => (await aGroup(server)).path.toUpperCase()],
    ['a user', async () => (await aUser(server)).username],
  ])('refuses the path of %s', async (_whose, path) => {
    const answer = await root.post('/groups', { name: 'x', path: await path() })
    expect(answer).toMatchObject({
      status: 400,
      body: { message: 'Failed to save group {:path=>["has already been taken"]}' },
    })
  })

  it('is made once when two want the same path', async () => {
    const path = unique('race')
    const answers = await Promise.all(Array.from({ length: 5 }, () => root.post('/groups', { name: 'x', path })))
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 400)).toHaveLength(4)
  })

  it('is not more open than the group above', async () => {
    const top = await aGroup(server)
    const answer = await root.post('/groups', { name: 'x', path: 'x', parent_id: top.id, visibility: 'public' })
    expect(answer.body).toEqual({
      message:
        'Failed to save group {:visibility_level=>["public is not allowed since the parent group has a private visibility."]}',
    })
  })

  it.each([
    ['owner', 201],
    ['maintainer', 403],
    ['guest', 403],
  ] as const)('below a group is for its Owners: a %s gets %i', async (role, status) => {
    const top = await aGroup(server)
    const api = server.api((await aMember(server, { group: top }, role)).token)
    expect((await api.post('/groups', { name: 'x', path: 'x', parent_id: top.id })).status).toBe(status)
  })

  it('below a group nobody can see answers 404', async () => {
    const top = await aGroup(server)
    const stranger = server.api((await aUser(server)).token)
    const answer = await stranger.post('/groups', { name: 'x', path: 'x', parent_id: top.id })
    expect(answer).toMatchObject({ status: 404, body: { message: '404 Group Not Found' } })
    expect((await server.api().post('/groups', { name: 'x', path: 'x' })).status).toBe(401)
  })
})

describe('GET /groups', () => {
  it('shows what each may see', async () => {
    const word = unique('seen')
    const open = await aGroup(server, { name: `${word} open`, visibility: 'public' })
    const inner = await aGroup(server, { name: `${word} inner`, visibility: 'internal' })
    const closed = await aGroup(server, { name: `${word} closed` })
    const below = await aGroup(server, { name: `${word} below`, parent: closed })
    const project = await aProject(server, { group: below })
    const list = async (api: Api, query = '') =>
      (await api.get<Group[]>(`/groups?search=${word}&order_by=id${query}`)).body.map((group) => group.id)
    expect(await list(server.api())).toEqual([open.id])
    const stranger = server.api((await aUser(server)).token)
    expect(await list(stranger)).toEqual([open.id, inner.id])
    expect(await list(stranger, '&all_available=false')).toEqual([])
    expect(await list(root)).toEqual([open.id, inner.id, closed.id, below.id])
    const worker = server.api((await aMember(server, { project }, 'developer')).token)
    expect(await list(worker)).toEqual([open.id, inner.id, closed.id, below.id])
    expect(await list(worker, '&all_available=false')).toEqual([closed.id, below.id])
    expect(await list(worker, '&min_access_level=10')).toEqual([])
    const owner = server.api((await aMember(server, { group: closed }, 'owner')).token)
    expect(await list(owner, '&owned=true')).toEqual([closed.id, below.id])
    expect(await list(owner, '&top_level_only=true&owned=true')).toEqual([closed.id])
    expect(await list(owner, `&skip_groups[]=${closed.id}&min_access_level=50`)).toEqual([below.id])
    expect(await list(root, '&visibility=internal')).toEqual([inner.id])
    expect(await list(root, '&sort=desc')).toEqual([below.id, closed.id, inner.id, open.id])
  })

  it('pages', async () => {
    const word = unique('page')
    for (const name of ['a', 'b', 'c']) await aGroup(server, { name: `${word} ${name}` })
    const { headers, body } = await root.get<Group[]>(`/groups?search=${word}&per_page=2`)
    expect(body.map((group) => group.name)).toEqual([`${word} a`, `${word} b`])
    expect(headers.get('x-total')).toBe('3')
    expect(headers.get('x-total-pages')).toBe('2')
  })

  it('lists subgroups, all descendants, and projects with those shared', async () => {
    const top = await aGroup(server)
    const sub = await aGroup(server, { parent: top })
    const deep = await aGroup(server, { parent: sub })
    const own = await aProject(server, { group: top })
    const lower = await aProject(server, { group: deep })
    const foreign = await aProject(server)
    await inTransaction(server.db, (tx) =>
      tx
        .insertInto('project_group_links')
        .values({ project_id: foreign.id, group_id: top.id, group_access: 30, expires_at: null })
        .execute(),
    )
    const ids = async (path: string, api = root) =>
      (await api.get<{ id: number }[]>(path)).body.map((item) => item.id).sort((a, b) => a - b)
    expect(await ids(`/groups/${top.id}/subgroups`)).toEqual([sub.id])
    expect(await ids(`/groups/${top.id}/descendant_groups`)).toEqual([sub.id, deep.id])
    expect(await ids(`/groups/${top.id}/projects`)).toEqual([own.id, foreign.id])
    expect(await ids(`/groups/${top.id}/projects?with_shared=false`)).toEqual([own.id])
    expect(await ids(`/groups/${top.id}/projects?with_shared=false&include_subgroups=true`)).toEqual([own.id, lower.id])
    const { body } = await root.get(`/groups/${top.id}`)
    expect(body).toMatchObject({ projects: [{ id: own.id }], shared_projects: [{ id: foreign.id }] })
    expect((await root.get(`/groups/${top.id}?with_projects=false`)).body).not.toHaveProperty('projects')
    const stranger = server.api((await aUser(server)).token)
    for (const path of ['', '/subgroups', '/descendant_groups', '/projects']) {
      expect(await stranger.get(`/groups/${top.id}${path}`)).toMatchObject({
        status: 404,
        body: { message: '404 Group Not Found' },
      })
    }
  })
})

describe('PUT /groups/:id', () => {
  it('changes what is given; paths below follow', async () => {
    const top = await aGroup(server)
    const sub = await aGroup(server, { parent: top, name: 'Sub' })
    const project = await aProject(server, { group: sub })
    const path = unique('moved')
    const changes = { name: 'Moved', path, description: 'new', visibility: 'internal' }
    const { status, body } = await root.put(`/groups/${top.id}`, changes)
    expect({ status, body }).toMatchObject({ status: 200, body: { ...changes, full_path: path } })
    expect((await root.get(`/groups/${sub.id}`)).body).toMatchObject({
      full_path: `${path}/${sub.path}`,
      full_name: 'Moved / Sub',
    })
    const found = await root.get(`/groups/${sub.id}/projects`)
    expect(found.body).toMatchObject([{ path_with_namespace: `${path}/${sub.path}/${project.path}` }])
    expect((await root.get(`/groups/${encodeURIComponent(`${path}/${sub.path}`)}`)).status).toBe(200)
    expect((await root.get(`/groups/${top.path}`)).status).toBe(404)
    expect(await auditOf(top.id)).toEqual([
      'group_name_updated',
      'group_path_updated',
      'group_description_updated',
      'group_visibility_level_updated',
    ])
    // The old path is free, and nothing of what was there comes with it.
    expect((await root.post('/groups', { name: 'x', path: top.path })).status).toBe(201)
  })

  it.each<[string, object, object]>([
    ['a reserved path', { path: 'admin' }, { path: ['is a reserved name'] }],
    ['an empty name', { name: ' ' }, { name: ["can't be blank"] }],
    [
      'closing over something open',
      { visibility: 'private' },
      {
        visibility_level: [
          'private is not allowed since this group contains projects with higher visibility.',
          'private is not allowed since there are sub-groups with higher visibility.',
        ],
      },
    ],
  ])('refuses %s', async (_what, changes, message) => {
    const group = await aGroup(server, { visibility: 'public' })
    await aProject(server, { group, visibility: 'internal' })
    await aGroup(server, { parent: group, visibility: 'public' })
    expect(await root.put(`/groups/${group.id}`, changes)).toMatchObject({ status: 400, body: { message } })
    expect(await auditOf(group.id)).toEqual([])
  })

  it('refuses a path that is taken', async () => {
    const group = await aGroup(server)
    const answer = await root.put(`/groups/${group.id}`, { path: (await aGroup(server)).path })
    expect(answer).toMatchObject({ status: 400, body: { message: { path: ['has already been taken'] } } })
  })
})

describe.each<[string, (api: Api, id: number) => Promise<{ status: number }>, number]>([
  ['changing', (api, id) => api.put(`/groups/${id}`, { description: 'x' }), 200],
  ['deleting', (api, id) => api.delete(`/groups/${id}`), 202],
  ['unsharing', (api, id) => api.delete(`/groups/${id}/share/999999`), 404],
])('%s a group', (_what, act, status) => {
  it.each([
    ['owner', status],
    ['maintainer', 403],
    ['developer', 403],
    ['guest', 403],
  ] as const)('as %s answers %i', async (role, expected) => {
    const group = await aGroup(server)
    const api = server.api((await aMember(server, { group }, role)).token)
    expect((await act(api, group.id)).status).toBe(expected)
  })

  it('is not for strangers', async () => {
    const group = await aGroup(server)
    expect((await act(server.api((await aUser(server)).token), group.id)).status).toBe(404)
    expect((await act(server.api(), group.id)).status).toBe(401)
  })
})

describe('DELETE /groups/:id', () => {
  it('takes subgroups, projects and repositories along', async () => {
    const top = await aGroup(server)
    const sub = await aGroup(server, { parent: top })
    const project = await aProject(server, { group: sub })
    expect(await root.delete(`/groups/${top.id}`)).toMatchObject({ status: 202, body: { message: '202 Accepted' } })
    expect((await root.get(`/groups/${sub.id}`)).status).toBe(404)
    await expect.poll(() => server.app.repositories.exists(project.id)).toBe(false)
    expect(await auditOf(top.id)).toEqual(['group_destroyed'])
    expect(await auditOf(sub.id)).toEqual(['group_destroyed'])
    expect((await root.post('/groups', { name: 'x', path: top.path })).status).toBe(201)
  })

  it('leaves no way around the approval rules that named it', async () => {
    const group = await aGroup(server)
    const project = await aProject(server)
    const environment = await inTransaction(server.db, async (tx) => {
      const { id } = await tx
        .insertInto('protected_environments')
        .values({ project_id: project.id, group_id: null, name: 'production' })
        .returning('id')
        .executeTakeFirstOrThrow()
      const entry = { protected_environment_id: id, group_id: group.id, access_level: null, user_id: null }
      await tx.insertInto('deploy_access_levels').values(entry).execute()
      await tx
        .insertInto('approval_rules')
        .values([
          { ...entry, required_approvals: 2 },
          { ...entry, required_approvals: 1 },
        ])
        .execute()
      return id
    })
    expect((await root.delete(`/groups/${group.id}`)).status).toBe(202)
    const rules = await server.db
      .selectFrom('approval_rules')
      .select(['group_id', 'access_level', 'required_approvals'])
      .where('protected_environment_id', '=', environment)
      .execute()
    expect(rules).toEqual([{ group_id: null, access_level: 40, required_approvals: 2 }])
  })
})

describe('shares of groups', () => {
  it('give the invited group’s people a role, and take it away', async () => {
    const target = await aGroup(server)
    const invited = await aGroup(server)
    const owner = await aMember(server, { group: target }, 'owner')
    const person = await aMember(server, { group: invited }, 'owner', {})
    await aMember(server, { group: invited }, 'guest', { user: owner })
    const api = server.api(owner.token)
    const share = { group_id: invited.id, group_access: 30, expires_at: inDays(5) }
    const { status, body } = await api.post(`/groups/${target.id}/share`, share)
    expect(status).toBe(201)
    expect(body).toMatchObject({
      id: target.id,
      shared_with_groups: [
        {
          group_id: invited.id,
          group_name: invited.name,
          group_full_path: invited.full_path,
          group_access_level: 30,
          expires_at: inDays(5),
        },
      ],
    })
    const all = `/groups/${target.id}/members/all/${person.id}`
    expect((await root.get(all)).body).toMatchObject({ access_level: 30, expires_at: inDays(5) })
    expect(await api.post(`/groups/${target.id}/share`, share)).toMatchObject({
      status: 409,
      body: { message: 'The group has already been shared with this group' },
    })
    expect((await api.delete(`/groups/${target.id}/share/${invited.id}`)).status).toBe(204)
    expect((await root.get(all)).status).toBe(404)
    expect(await api.delete(`/groups/${target.id}/share/${invited.id}`)).toMatchObject({
      status: 404,
      body: { message: '404 Group Link Not Found' },
    })
    expect(await auditOf(target.id)).toEqual([
      'group_share_with_group_link_created',
      'group_share_with_group_link_removed',
    ])
  })

  it('need a group that the person can see, and that is not around', async () => {
    const target = await aGroup(server)
    const sub = await aGroup(server, { parent: target })
    const owner = server.api((await aMember(server, { group: target }, 'owner')).token)
    const ask = (id: number, group_id: number, more: object = {}) =>
      owner.post(`/groups/${id}/share`, { group_id, group_access: 30, ...more })
    expect(await ask(target.id, (await aGroup(server)).id)).toMatchObject({ status: 404 })
    expect(await ask(target.id, 999999)).toMatchObject({ status: 404, body: { message: '404 Group Not Found' } })
    expect(await ask(sub.id, target.id)).toMatchObject({ status: 409 })
    expect(await ask(target.id, target.id)).toMatchObject({ status: 409 })
    const open = await aGroup(server, { visibility: 'public' })
    expect(await ask(target.id, open.id, { group_access: 35 })).toMatchObject({
      status: 400,
      body: { error: 'group_access does not have a valid value' },
    })
    expect(await ask(target.id, open.id, { expires_at: inDays(-1) })).toMatchObject({
      status: 400,
      body: { message: { expires_at: ['cannot be a date in the past'] } },
    })
    expect((await ask(target.id, open.id)).status).toBe(201)
  })
})

describe('roles as sets', () => {
  it('agree with roles asked one by one', async () => {
    // A tangle of nested groups, projects, memberships and shares; the same every time.
    let state = 42
    const pick = <T>(list: readonly T[]): T => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return list[Math.floor((state / 2 ** 31) * list.length)] as T
    }
    const groups = [await aGroup(server), await aGroup(server), await aGroup(server)]
    for (let i = 0; i < 9; i++) groups.push(await aGroup(server, { parent: pick(groups) }))
    const projects: { id: number }[] = []
    for (let i = 0; i < 12; i++) projects.push(await aProject(server, { group: pick(groups) }))
    const people: { id: number }[] = []
    for (let i = 0; i < 6; i++) people.push(await aUser(server))
    const levels = [10, 15, 20, 30, 40, 50] as const
    const dates = [null, null, inDays(3), inDays(-3), inDays(0)]
    await inTransaction(server.db, async (tx) => {
      for (let i = 0; i < 40; i++) {
        const membership = {
          user_id: pick(people).id,
          access_level: pick(levels),
          expires_at: pick(dates),
          created_by_id: null,
        }
        const place =
          i % 3 === 0
            ? { project_id: pick(projects).id, namespace_id: null }
            : { namespace_id: pick(groups).id, project_id: null }
        await tx
          .insertInto('members')
          .values({ ...membership, ...place })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      }
      for (let i = 0; i < 14; i++) {
        const link = { group_access: pick(levels), expires_at: pick(dates) }
        await tx
          .insertInto('project_group_links')
          .values({ project_id: pick(projects).id, group_id: pick(groups).id, ...link })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
        await tx
          .insertInto('group_group_links')
          .values({
            shared_group_id: pick(groups).id,
            shared_with_group_id: pick(groups).id,
            ...link,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      }
    })
    const differences = await sql<object>`
      with pairs as (
        select 'group' as kind, u.id as user_id, g.id, group_role(u.id, g.id) as one,
               coalesce((select access_level from group_roles(u.id) where group_id = g.id), 0) as set,
               coalesce((select access_level from all_group_members(g.id) m where m.user_id = u.id), 0) as listed
          from users u cross join namespaces g where g.kind = 'group'
        union all
        select 'project', u.id, p.id, project_role(u.id, p.id),
               coalesce((select access_level from project_roles(u.id) where project_id = p.id), 0),
               coalesce((select access_level from all_project_members(p.id) m where m.user_id = u.id), 0)
          from users u cross join projects p
      ) select * from pairs where one <> set or one <> listed`.execute(server.db)
    expect(differences.rows).toEqual([])
    const some = await sql<{
      count: number
    }>`select count(*)::int as count from users u cross join lateral project_roles(u.id)`.execute(server.db)
    expect(some.rows[0]?.count).toBeGreaterThan(20)
  })
})
