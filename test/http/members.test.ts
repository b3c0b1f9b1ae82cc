import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Namespace } from '../../src/db/namespaces.ts'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { roles } from '../../src/domain/access.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aUser, type Role, type TestUser } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
})
afterAll(() => server.stop())

type Kind = 'groups' | 'projects'
type Listed = { id: number; access_level: number; expires_at: string | null }

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

/** A place of either kind with a member of each role who may ask. */
async function aPlace(kind: Kind): Promise<{ path: string; id: number; member: (role: Role) => Promise<TestUser> }> {
  const group = await aGroup(server)
  const project = await aProject(server, { group })
  const source = kind === 'groups' ? { group } : { project }
  const id = kind === 'groups' ? group.id : project.id
  return { id, path: `/${kind}/${id}/members`, member: (role) => aMember(server, source, role) }
}

async function auditOf(kind: Kind, id: number): Promise<string[]> {
  const rows = await server.db
    .selectFrom('audit_events')
    .select(['event_name', 'author_id'])
    .where('entity_type', '=', kind === 'groups' ? 'Group' : 'Project')
    .where('entity_id', '=', id)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.event_name)
}

async function share(shared: { project: Project } | { group: Namespace }, withGroup: Namespace, level: number) {
  await inTransaction(server.db, async (tx) => {
    const common = { group_access: level, expires_at: null }
    if ('project' in shared) {
      const values = { project_id: shared.project.id, group_id: withGroup.id, ...common }
      await tx.insertInto('project_group_links').values(values).execute()
    } else {
      const values = { shared_group_id: shared.group.id, shared_with_group_id: withGroup.id, ...common }
      await tx.insertInto('group_group_links').values(values).execute()
    }
  })
}

describe.each(['groups', 'projects'] as const)('members of %s', (kind) => {
  it('are added by id or name, told back, and on record', async () => {
    const { path, id, member } = await aPlace(kind)
    const owner = await member('owner')
    const [one, two] = [await aUser(server), await aUser(server)]
    const api = server.api(owner.token)
    const added = await api.post(path, { user_id: one.id, access_level: 30, expires_at: inDays(9) })
    expect(added.status).toBe(201)
    expect(added.body).toEqual({
      id: one.id,
      username: one.username,
      name: one.name,
      state: 'active',
      locked: false,
      avatar_url: null,
      web_url: `${server.url}/${one.username}`,
      access_level: 30,
      expires_at: inDays(9),
      created_at: expect.stringMatching(/Z$/),
      created_by: expect.objectContaining({ id: owner.id }),
      membership_state: 'active',
    })
    const form = new URLSearchParams({ username: two.username.toUpperCase(), access_level: '20' })
    expect((await api.post(path, form)).body).toMatchObject({ id: two.id, access_level: 20, expires_at: null })
    expect((await api.get(`${path}/${one.id}`)).body).toEqual(added.body)
    expect((await api.get<Listed[]>(path)).body.map((item) => item.id)).toEqual([owner.id, one.id, two.id])
    expect(await auditOf(kind, id)).toEqual(['member_created', 'member_created'])
  })

  it('are added several at a time', async () => {
    const { path } = await aPlace(kind)
    const [one, two, three] = [await aUser(server), await aUser(server), await aUser(server)]
    const all = `${one.id},${two.id}`
    expect(await root.post(path, { user_id: all, access_level: 30 })).toMatchObject({
      status: 201,
      body: { status: 'success' },
    })
    const again = { username: `${two.username},${three.username}`, access_level: 30 }
    expect((await root.post(path, again)).body).toEqual({
      status: 'error',
      message: { [two.username]: 'Member already exists' },
    })
    expect((await root.get<Listed[]>(path)).body.map((item) => item.id)).toEqual([one.id, two.id, three.id])
  })

  it('page, and are found by name, id and not by id', async () => {
    const { path, member } = await aPlace(kind)
    const people = [await member('guest'), await member('reporter'), await member('developer')]
    const first = await root.get<Listed[]>(`${path}?per_page=2`)
    expect(first.body.map((item) => item.id)).toEqual(people.slice(0, 2).map((person) => person.id))
    expect(first.headers.get('x-total')).toBe('3')
    expect(first.headers.get('x-next-page')).toBe('2')
    expect(first.headers.get('link')).toContain('rel="next"')
    const ids = async (query: string) => (await root.get<Listed[]>(`${path}?${query}`)).body.map((item) => item.id)
    expect(await ids(`query=${people[1]?.username}`)).toEqual([people[1]?.id])
    expect(await ids(`user_ids[]=${people[0]?.id}&user_ids[]=${people[2]?.id}`)).toEqual([people[0]?.id, people[2]?.id])
    expect(await ids(`skip_users=${people[0]?.id}`)).toEqual([people[1]?.id, people[2]?.id])
  })

  it('change role and expiry; what is not said stays', async () => {
    const { path, id, member } = await aPlace(kind)
    const person = await member('guest')
    const put = (body: object) => root.put(`${path}/${person.id}`, body)
    expect((await put({ access_level: 40, expires_at: inDays(3) })).body).toMatchObject({
      access_level: 40,
      expires_at: inDays(3),
    })
    expect((await put({ access_level: 30 })).body).toMatchObject({ access_level: 30, expires_at: inDays(3) })
    expect((await put({ access_level: 30 })).status).toBe(200)
    expect((await put({ access_level: 30, expires_at: '' })).body).toMatchObject({ expires_at: null })
    expect(await auditOf(kind, id)).toEqual(['member_updated', 'member_updated', 'member_updated'])
    expect((await put({})).body).toEqual({ error: 'access_level is missing' })
  })

  it('go, also by themselves', async () => {
    const { path, id, member } = await aPlace(kind)
    const [one, two] = [await member('developer'), await member('guest')]
    expect(await root.delete(`${path}/${one.id}`)).toMatchObject({ status: 204, body: null })
    expect((await server.api(two.token).delete(`${path}/${two.id}`)).status).toBe(204)
    expect((await root.get(path)).body).toEqual([])
    expect(await root.delete(`${path}/${one.id}`)).toMatchObject({ status: 404, body: { message: '404 Not found' } })
    expect(await auditOf(kind, id)).toEqual(['member_destroyed', 'member_destroyed'])
  })

  it.each<[string, object, number, object]>([
    [
      'nobody',
      { access_level: 30 },
      400,
      { error: 'user_id, username are missing, exactly one parameter must be provided' },
    ],
    [
      'both',
      { user_id: 1, username: 'root', access_level: 30 },
      400,
      { error: 'user_id, username are mutually exclusive' },
    ],
    ['no role', { user_id: 1 }, 400, { error: 'access_level is missing' }],
    [
      'a role there is not',
      { user_id: 1, access_level: 35 },
      400,
      { error: 'access_level does not have a valid value' },
    ],
    [
      'administrator as a role',
      { user_id: 1, access_level: 60 },
      400,
      { error: 'access_level does not have a valid value' },
    ],
    ['a word as an id', { user_id: 'x', access_level: 30 }, 400, { error: 'user_id is invalid' }],
    ['an unknown user', { user_id: 999999, access_level: 30 }, 404, { message: '404 User Not Found' }],
    ['an unknown name', { username: 'nobody-here', access_level: 30 }, 404, { message: '404 User Not Found' }],
    [
      'a past expiry',
      { user_id: 1, access_level: 30, expires_at: '2020-01-01' },
      400,
      { message: { expires_at: ['cannot be a date in the past'] } },
    ],
  ])('are not added with %s', async (_what, body, status, answer) => {
    const { path, id } = await aPlace(kind)
    const refused = await root.post(path, body)
    expect({ status: refused.status, body: refused.body }).toEqual({ status, body: answer })
    expect((await root.get(path)).body).toEqual([])
    expect(await auditOf(kind, id)).toEqual([])
  })

  it('are not added twice, also when asked at once, but again after they expired', async () => {
    const { path, member } = await aPlace(kind)
    const person = await aUser(server)
    const ask = () => root.post(path, { user_id: person.id, access_level: 30 })
    const answers = await Promise.all(Array.from({ length: 5 }, ask))
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(4)
    expect((await ask()).body).toEqual({ message: 'Member already exists' })
    const expired = await aMember(
      server,
      kind === 'groups' ? { group: { id: placeId(path) } } : { project: { id: placeId(path) } },
      'guest',
      {
        expiresAt: inDays(-1),
      },
    )
    expect((await root.get(`${path}/${expired.id}`)).status).toBe(404)
    expect((await root.post(path, { user_id: expired.id, access_level: 20 })).status).toBe(201)
    expect((await member('guest')).id).toBeGreaterThan(0)
  })

  it('are invisible to strangers, whatever they ask', async () => {
    const { path } = await aPlace(kind)
    const stranger = server.api((await aUser(server)).token)
    const message = kind === 'groups' ? '404 Group Not Found' : '404 Project Not Found'
    for (const answer of [
      await stranger.get(path),
      await stranger.get(`${path}/all`),
      await stranger.get(`${path}/1`),
      await stranger.post(path, {}),
      await stranger.put(`${path}/1`, {}),
      await stranger.delete(`${path}/1`),
      await server.api().get(path),
      await root.get(path.replace(/\d+/, '999999')),
      await root.post(path.replace(/\d+/, '%00'), {}),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { message } })
    }
    expect((await server.api().post(path, {})).status).toBe(401)
  })
})

function placeId(path: string): number {
  return Number(/\d+/.exec(path)?.[0])
}

describe('who may', () => {
  const who = ['guest', 'planner', 'reporter', 'developer', 'maintainer', 'owner'] as const
  // The highest role that each may give, change or take away; 0: none.
  const reach: Record<Kind, Record<(typeof who)[number], number>> = {
    groups: { guest: 0, planner: 0, reporter: 0, developer: 0, maintainer: 0, owner: 50 },
    projects: { guest: 0, planner: 0, reporter: 0, developer: 0, maintainer: 40, owner: 50 },
  }

  it.each((['groups', 'projects'] as const).flatMap((kind) => who.map((role) => [kind, role] as const)))(
    'in %s a %s',
    async (kind, role) => {
      const { path, member } = await aPlace(kind)
      await member('owner')
      const api = server.api((await member(role)).token)
      expect((await api.get(path)).status).toBe(200)
      expect((await api.get(`${path}/all`)).status).toBe(200)
      for (const level of Object.values(roles)) {
        const may = level <= reach[kind][role]
        const added = await api.post(path, { user_id: (await aUser(server)).id, access_level: level })
        expect({ level, status: added.status }).toEqual({ level, status: may ? 201 : 403 })
        const other = await member(level)
        const changed = await api.put(`${path}/${other.id}`, { access_level: 10 })
        expect({ level, status: changed.status }).toEqual({ level, status: may ? 200 : 403 })
        const raised = await api.put(`${path}/${(await member(10)).id}`, { access_level: level })
        expect({ level, status: raised.status }).toEqual({ level, status: may ? 200 : 403 })
        const removed = await api.delete(`${path}/${(await member(level)).id}`)
        expect({ level, status: removed.status }).toEqual({ level, status: may ? 204 : 403 })
      }
    },
  )

  it('nobody raises themselves', async () => {
    const { path, member } = await aPlace('projects')
    const maintainer = await member('maintainer')
    const api = server.api(maintainer.token)
    expect(await api.put(`${path}/${maintainer.id}`, { access_level: 50 })).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Only Owners may change who is an Owner' },
    })
  })

  it('the last Owner of a group neither goes nor steps down, the last but one does', async () => {
    const { path, member } = await aPlace('groups')
    const owner = await member('owner')
    const message = '403 Forbidden - The last Owner of a group must stay'
    expect(await root.delete(`${path}/${owner.id}`)).toMatchObject({ status: 403, body: { message } })
    expect(await server.api(owner.token).delete(`${path}/${owner.id}`)).toMatchObject({
      status: 403,
      body: { message },
    })
    expect(await root.put(`${path}/${owner.id}`, { access_level: 40 })).toMatchObject({
      status: 403,
      body: { message },
    })
    const second = await member('owner')
    expect((await server.api(second.token).delete(`${path}/${owner.id}`)).status).toBe(204)
  })

  it('one Owner of a group is left when all of them go at once', async () => {
    const { path, member } = await aPlace('groups')
    const owners = await Promise.all(Array.from({ length: 8 }, () => member('owner')))
    const answers = await Promise.all(owners.map((owner) => server.api(owner.token).delete(`${path}/${owner.id}`)))
    expect(answers.filter((answer) => answer.status === 204)).toHaveLength(7)
    expect((await root.get<Listed[]>(path)).body).toHaveLength(1)
  })

  it('the owner of a personal namespace stays Owner of its projects', async () => {
    const person = await aUser(server)
    const own = await server.db
      .selectFrom('namespaces')
      .selectAll()
      .where('owner_id', '=', person.id)
      .executeTakeFirstOrThrow()
    const project = await aProject(server, { group: own })
    await aMember(server, { project }, 'owner', { user: person })
    expect(await root.delete(`/projects/${project.id}/members/${person.id}`)).toMatchObject({ status: 403 })
  })
})

describe('inherited and invited members', () => {
  it('are in the full list once, with their highest role', async () => {
    const top = await aGroup(server)
    const sub = await aGroup(server, { parent: top })
    const invited = await aGroup(server)
    const project = await aProject(server, { group: sub })
    const owner = await aMember(server, { group: top }, 'owner')
    const raised = await aMember(server, { group: top }, 'reporter')
    await aMember(server, { project }, 'maintainer', { user: raised })
    const guest = await aMember(server, { group: invited }, 'owner')
    const expired = await aMember(server, { group: top }, 'developer', { expiresAt: inDays(-1) })
    await share({ project }, invited, 30)
    const list = async (path: string) =>
      (await root.get<Listed[]>(path)).body.map((item) => [item.id, item.access_level] as const)
    expect(await list(`/projects/${project.id}/members/all`)).toEqual([
      [owner.id, 50],
      [raised.id, 40],
      [guest.id, 30],
    ])
    expect(await list(`/projects/${project.id}/members`)).toEqual([[raised.id, 40]])
    expect(await list(`/groups/${sub.id}/members/all`)).toEqual([
      [owner.id, 50],
      [raised.id, 20],
    ])
    expect(await list(`/groups/${sub.id}/members`)).toEqual([])
    const all = `/projects/${project.id}/members/all`
    expect((await root.get(`${all}/${guest.id}`)).body).toMatchObject({ access_level: 30 })
    expect((await root.get(`/projects/${project.id}/members/${guest.id}`)).status).toBe(404)
    expect((await root.get(`${all}/${expired.id}`)).status).toBe(404)
  })

  it('never get less directly than they inherit', async () => {
    const top = await aGroup(server, { name: 'Operators' })
    const sub = await aGroup(server, { parent: top })
    const project = await aProject(server, { group: sub })
    const message = {
      access_level: ['should be greater than or equal to Developer inherited membership from group Operators'],
    }
    for (const path of [`/groups/${sub.id}/members`, `/projects/${project.id}/members`]) {
      const person = await aMember(server, { group: top }, 'developer')
      expect(await root.post(path, { user_id: person.id, access_level: 20 })).toMatchObject({
        status: 400,
        body: { message },
      })
      expect((await root.post(path, { user_id: person.id, access_level: 40 })).status).toBe(201)
      expect(await root.put(`${path}/${person.id}`, { access_level: 20 })).toMatchObject({
        status: 400,
        body: { message },
      })
    }
  })

  it('see the groups above their project, and not the projects beside it', async () => {
    const top = await aGroup(server)
    const project = await aProject(server, { group: await aGroup(server, { parent: top }) })
    const beside = await aProject(server, { group: top })
    const api = server.api((await aMember(server, { project }, 'guest')).token)
    expect((await api.get(`/groups/${top.id}/members`)).status).toBe(200)
    expect((await api.get(`/projects/${beside.id}/members`)).status).toBe(404)
  })
})

describe('removing somebody from a group', () => {
  it('takes what they have below along, unless told not to', async () => {
    const top = await aGroup(server)
    const sub = await aGroup(server, { parent: top })
    const project = await aProject(server, { group: sub })
    const person = await aMember(server, { group: top }, 'guest')
    await aMember(server, { group: sub }, 'developer', { user: person })
    await aMember(server, { project }, 'maintainer', { user: person })
    expect((await root.delete(`/groups/${top.id}/members/${person.id}?skip_subresources=true`)).status).toBe(204)
    expect((await root.get(`/projects/${project.id}/members/${person.id}`)).status).toBe(200)
    await aMember(server, { group: top }, 'guest', { user: person })
    expect((await root.delete(`/groups/${top.id}/members/${person.id}`)).status).toBe(204)
    expect((await root.get(`/projects/${project.id}/members/all/${person.id}`)).status).toBe(404)
    expect(await auditOf('projects', project.id)).toEqual(['member_destroyed'])
  })

  it('drops their right to deploy and their rule where another remains (reference 3.6)', async () => {
    const group = await aGroup(server)
    const project = await aProject(server, { group })
    const leaver = await aMember(server, { group }, 'developer')
    const stayer = await aMember(server, { project }, 'developer')
    const ids = await inTransaction(server.db, async (tx) => {
      const rows = [
        { project_id: project.id, group_id: null, name: 'production' },
        { project_id: project.id, group_id: null, name: 'alone' },
      ]
      const [production, alone] = await tx.insertInto('protected_environments').values(rows).returning('id').execute()
      if (!production || !alone) throw new Error('not inserted')
      const subject = { access_level: null, group_id: null }
      const entries = [
        { protected_environment_id: production.id, user_id: leaver.id, ...subject },
        { protected_environment_id: production.id, user_id: stayer.id, ...subject },
        { protected_environment_id: alone.id, user_id: leaver.id, ...subject },
      ]
      await tx.insertInto('deploy_access_levels').values(entries).execute()
      await tx.insertInto('approval_rules').values(entries).execute()
      return { production: production.id, alone: alone.id }
    })
    const left = async (table: 'deploy_access_levels' | 'approval_rules') => {
      const rows = await server.db
        .selectFrom(table)
        .select(['protected_environment_id as environment', 'user_id as user'])
        .orderBy('id')
        .execute()
      return rows.filter((row) => Object.values(ids).includes(row.environment))
    }
    await aMember(server, { project }, 'reporter', { user: leaver })
    expect((await root.delete(`/groups/${group.id}/members/${leaver.id}?skip_subresources=true`)).status).toBe(204)
    // Still in the project itself: nothing is dropped.
    expect(await left('deploy_access_levels')).toHaveLength(3)
    expect((await root.delete(`/projects/${project.id}/members/${leaver.id}`)).status).toBe(204)
    expect(await left('deploy_access_levels')).toEqual([{ environment: ids.production, user: stayer.id }])
    // The only rule of an environment stays, so that nothing deploys unapproved.
    expect(await left('approval_rules')).toEqual([
      { environment: ids.production, user: stayer.id },
      { environment: ids.alone, user: leaver.id },
    ])
    expect(await auditOf('projects', project.id)).toEqual([
      'member_destroyed',
      'protected_environment_deploy_access_level_deleted',
      'protected_environment_deploy_access_level_deleted',
      'protected_environment_approval_rule_deleted',
    ])
  })
})
