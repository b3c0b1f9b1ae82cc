import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProtectedEnvironment } from '../../src/contract/protected-environments.ts'
import { mayDeploy } from '../../src/db/may-deploy.ts'
import type { Namespace } from '../../src/db/namespaces.ts'
import { insertProject, type Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Tier } from '../../src/domain/environment.ts'
import type { Api, ApiBody } from '../helpers/api.ts'
import { aGroup, aMember, aUser, type Role, type TestUser, unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

type Listed = ProtectedEnvironment[]
const maintainers = { deploy_access_levels: [{ access_level: 40 }] }
const encoded = encodeURIComponent
const byNumber = (a: number, b: number) => a - b

/** A project in a group, with a maintainer whose calls these are. */
let group: Namespace
let project: Project
let maintainer: TestUser
let api: Api
let base: string
beforeEach(async () => {
  group = await aGroup(server)
  project = await projectIn(group)
  maintainer = await aMember(server, { project }, 'maintainer')
  api = server.api(maintainer.token)
  base = `/projects/${project.id}/protected_environments`
})

/** A project without a repository: nothing here reads one, and making one takes longer than the rest of a test. */
async function projectIn(namespace: Namespace): Promise<Project> {
  const path = unique('project')
  return inTransaction(server.db, (tx) =>
    insertProject(tx, {
      namespaceId: namespace.id,
      path,
      name: path,
      description: null,
      visibility: 'private',
      defaultBranch: 'main',
      creatorId: null,
    }),
  )
}

async function share(to: { id: number }, level = 30, expiresAt: string | null = null): Promise<void> {
  await inTransaction(server.db, (tx) =>
    tx
      .insertInto('project_group_links')
      .values({ project_id: project.id, group_id: to.id, group_access: level, expires_at: expiresAt })
      .execute(),
  )
}

/** Protects `name` and answers the entry. */
async function protect(name: string, body: ApiBody = maintainers): Promise<ProtectedEnvironment> {
  const answer = await api.post<ProtectedEnvironment>(base, { name, ...(body as object) })
  expect(answer).toMatchObject({ status: 201 })
  return answer.body
}

/** Everything that protection consists of, for "nothing changed". */
async function everything() {
  const tables = ['protected_environments', 'deploy_access_levels', 'approval_rules'] as const
  const rows = await Promise.all(tables.map((table) => server.db.selectFrom(table).selectAll().orderBy('id').execute()))
  const { count } = await server.db
    .selectFrom('audit_events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return { rows, count }
}

async function auditOf(entity: { type: 'Project' | 'Group'; id: number }) {
  return server.db
    .selectFrom('audit_events')
    .select(['event_name', 'author_id', 'target_type', 'target_details', 'details'])
    .where('entity_type', '=', entity.type)
    .where('entity_id', '=', entity.id)
    .orderBy('id')
    .execute()
}

describe('T1 who may do what in a project', () => {
  type Who = 'anonymous' | 'outsider' | 'admin' | Exclude<Role, number>
  const expected: Record<Who, number | 'ok'> = {
    anonymous: 401,
    outsider: 404,
    guest: 403,
    planner: 403,
    reporter: 403,
    developer: 403,
    maintainer: 'ok',
    owner: 'ok',
    admin: 'ok',
  }
  const calls: [string, number, (api: Api, base: string) => Promise<{ status: number; body: unknown }>][] = [
    ['list', 200, (as, at) => as.get(at)],
    ['get', 200, (as, at) => as.get(`${at}/production`)],
    ['create', 201, (as, at) => as.post(at, { name: unique('env'), ...maintainers })],
    ['update', 200, (as, at) => as.put(`${at}/production`, { start: 'manual' })],
    ['delete', 204, (as, at) => as.delete(`${at}/production`)],
    // The same answers for everybody else when the parameters are wrong: authorisation comes first.
    ['create without parameters', 400, (as, at) => as.post(at, {})],
    ['update with a bad role', 400, (as, at) => as.put(`${at}/production`, { approval_rules: [{ access_level: 50 }] })],
    ['get an unknown one', 404, (as, at) => as.get(`${at}/unknown`)],
  ]
  const bodies: Record<number, unknown> = {
    401: { message: '401 Unauthorized' },
    403: { message: '403 Forbidden' },
    404: { message: '404 Project Not Found' },
  }

  for (const [who, outcome] of Object.entries(expected) as [Who, number | 'ok'][]) {
    test.each(calls)(`${who}: %s`, async (_, success, call) => {
      await protect('production')
      const before = await everything()
      const answer = await call(server.api(await tokenOf(who)), base)
      expect(answer.status).toBe(outcome === 'ok' ? success : outcome)
      if (outcome === 'ok') return
      expect(answer.body).toEqual(bodies[outcome])
      expect(await everything()).toEqual(before)
    })
  }

  async function tokenOf(who: Who): Promise<string | undefined> {
    if (who === 'anonymous') return undefined
    if (who === 'outsider') return (await aUser(server)).token
    if (who === 'admin') return (await aUser(server, { admin: true })).token
    return (await aMember(server, { project }, who)).token
  }
})

describe('T1 who may do what in a group (3.5: Owners)', () => {
  test.each<[Exclude<Role, number> | 'anonymous' | 'outsider' | 'admin', number]>([
    ['anonymous', 401],
    ['outsider', 404],
    ['guest', 403],
    ['planner', 403],
    ['reporter', 403],
    ['developer', 403],
    ['maintainer', 403],
    ['owner', 201],
    ['admin', 201],
  ])('%s', async (who, created) => {
    const at = `/groups/${encoded(group.full_path)}/protected_environments`
    const owner = server.api((await aMember(server, { group }, 'owner')).token)
    const staging = await owner.post(at, { name: 'staging', ...maintainers })
    expect(staging.status).toBe(201)
    const as = server.api(await tokenOf(who))
    const refused = created !== 201
    const bodies: Record<number, unknown> = {
      401: { message: '401 Unauthorized' },
      403: { message: '403 Forbidden' },
      404: { message: '404 Group Not Found' },
    }
    const expectStatus = async (call: Promise<{ status: number; body: unknown }>, success: number) => {
      const answer = await call
      expect(answer.status).toBe(refused ? created : success)
      if (refused) expect(answer.body).toEqual(bodies[created])
    }
    const before = await everything()
    await expectStatus(as.post(at, {}), 400)
    await expectStatus(as.post(at, { name: 'production', ...maintainers }), 201)
    await expectStatus(as.get(at), 200)
    await expectStatus(as.get(`${at}/staging`), 200)
    await expectStatus(as.put(`${at}/staging`, { start: 'manual' }), 200)
    await expectStatus(as.delete(`${at}/staging`), 204)
    if (refused) expect(await everything()).toEqual(before)
    const audit = await auditOf({ type: 'Group', id: group.id })
    expect(audit.slice(1).map((row) => row.event_name)).toEqual(
      refused ? [] : ['environment_protected', 'protected_environment_updated', 'environment_unprotected'],
    )
  })

  async function tokenOf(who: Exclude<Role, number> | 'anonymous' | 'outsider' | 'admin'): Promise<string | undefined> {
    if (who === 'anonymous') return undefined
    if (who === 'outsider' || who === 'admin') return (await aUser(server, { admin: who === 'admin' })).token
    return (await aMember(server, { group }, who)).token
  }
})

describe('protecting', () => {
  test('answers the entity, and reads back the same', async () => {
    const qa = await aGroup(server, { name: 'QA group' })
    await share(qa)
    await Promise.all([aMember(server, { group: qa }, 'developer'), aMember(server, { group: qa }, 'developer')])
    const answer = await api.post<ProtectedEnvironment>(base, {
      name: 'production',
      deploy_access_levels: [{ access_level: 40 }, { user_id: maintainer.id }],
      approval_rules: [{ group_id: qa.id, required_approvals: 1, group_inheritance_type: 1 }, { access_level: 30 }],
    })
    expect(answer.status).toBe(201)
    const id = expect.any(Number)
    expect(answer.body).toEqual({
      name: 'production',
      required_approval_count: 0,
      start: 'on_approval',
      warnings: [],
      deploy_access_levels: [
        {
          id,
          access_level: 40,
          access_level_description: 'Maintainers',
          user_id: null,
          group_id: null,
          group_inheritance_type: 0,
        },
        {
          id,
          access_level: null,
          access_level_description: maintainer.name,
          user_id: maintainer.id,
          group_id: null,
          group_inheritance_type: 0,
        },
      ],
      approval_rules: [
        {
          id,
          access_level: null,
          access_level_description: 'QA group',
          user_id: null,
          group_id: qa.id,
          group_inheritance_type: 1,
          required_approvals: 1,
        },
        {
          id,
          access_level: 30,
          access_level_description: 'Developers + Maintainers',
          user_id: null,
          group_id: null,
          group_inheritance_type: 0,
          required_approvals: 1,
        },
      ],
    })
    expect((await api.get(`${base}/production`)).body).toEqual(answer.body)
    expect((await api.get(base)).body).toEqual([answer.body])
  })

  test('the form of the seed page: a bare count, and start', async () => {
    const made = await protect('production', { ...maintainers, required_approval_count: 2, start: 'manual' })
    expect(made).toMatchObject({ required_approval_count: 2, approval_rules: [], start: 'manual' })
  })

  test('a Rails form makes one element per repeated key', async () => {
    const form =
      'name=production&deploy_access_levels[][access_level]=40&deploy_access_levels[][access_level]=30' +
      `&deploy_access_levels[][user_id]=${maintainer.id}&approval_rules[0][access_level]=40&approval_rules[0][required_approvals]=2`
    const { status, body } = await api.post<ProtectedEnvironment>(base, form, {
      'content-type': 'application/x-www-form-urlencoded',
    })
    // Rack: the repeated key begins the second element, and user_id joins it: two subjects in one.
    expect({ status, body }).toEqual({
      status: 422,
      body: { message: ['Deploy access levels base Exactly one of access_level, group_id, user_id must be present'] },
    })
    const split = form.replace('levels[][access_level]=30&', 'levels[][group_inheritance_type]=0&')
    const fine = split.replace('[][user_id]', '[][access_level]').replace(`=${maintainer.id}&`, '=30&')
    const answer = await api.post<ProtectedEnvironment>(base, fine, {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(answer.status).toBe(201)
    expect(answer.body.deploy_access_levels.map((level) => level.access_level)).toEqual([40, 30])
    expect(answer.body.approval_rules.map((rule) => rule.required_approvals)).toEqual([2])
  })

  test.each<[string, object, number, unknown]>([
    ['no name', maintainers, 400, { error: 'name is missing' }],
    ['no deployers', { name: 'e' }, 400, { error: 'deploy_access_levels is missing' }],
    ['neither', {}, 400, { error: 'name is missing, deploy_access_levels is missing' }],
    [
      'an Owner role',
      { name: 'e', deploy_access_levels: [{ access_level: 50 }] },
      400,
      { error: 'deploy_access_levels[0][access_level] does not have a valid value' },
    ],
    [
      'a Guest role',
      { name: 'e', deploy_access_levels: [{ access_level: 40 }, { access_level: 10 }] },
      400,
      { error: 'deploy_access_levels[1][access_level] does not have a valid value' },
    ],
    [
      'inheritance 2',
      { name: 'e', deploy_access_levels: [{ access_level: 40, group_inheritance_type: 2 }] },
      400,
      { error: 'deploy_access_levels[0][group_inheritance_type] does not have a valid value' },
    ],
    [
      'a word as id',
      { name: 'e', deploy_access_levels: [{ user_id: 'x' }] },
      400,
      { error: 'deploy_access_levels[0][user_id] is invalid' },
    ],
    ['a text as list', { name: 'e', deploy_access_levels: 'x' }, 400, { error: 'deploy_access_levels is invalid' }],
    ['a null byte', { name: 'e\0', ...maintainers }, 400, { error: 'name contains a null byte' }],
    [
      'an unknown start',
      { name: 'e', ...maintainers, start: 'never' },
      400,
      { error: 'start does not have a valid value' },
    ],
    [
      'a rule for nobody',
      { name: 'e', ...maintainers, approval_rules: [{ access_level: 40 }, { required_approvals: 1 }] },
      400,
      {
        error:
          'approval_rules[1][access_level], approval_rules[1][user_id], approval_rules[1][group_id] are missing, at least one parameter must be provided',
      },
    ],
    [
      'an empty list',
      { name: 'e', deploy_access_levels: [] },
      422,
      { message: ['Deploy access levels is too short (minimum is 1 character)'] },
    ],
    ['a blank name', { name: ' ', ...maintainers }, 422, { message: ["Name can't be blank"] }],
    [
      'a subject for nobody',
      { name: 'e', deploy_access_levels: [{}] },
      422,
      { message: ['Deploy access levels base Exactly one of access_level, group_id, user_id must be present'] },
    ],
    [
      '6 approvals',
      { name: 'e', ...maintainers, approval_rules: [{ access_level: 40, required_approvals: 6 }] },
      422,
      { message: ['Approval rules required approvals must be less than or equal to 5'] },
    ],
    [
      '0 approvals',
      { name: 'e', ...maintainers, approval_rules: [{ access_level: 40, required_approvals: 0 }] },
      422,
      { message: ['Approval rules required approvals must be greater than or equal to 1'] },
    ],
    [
      'a count of 6',
      { name: 'e', ...maintainers, required_approval_count: 6 },
      422,
      { message: ['Required approval count must be less than or equal to 5'] },
    ],
    [
      'a negative count',
      { name: 'e', ...maintainers, required_approval_count: -1 },
      422,
      { message: ['Required approval count must be greater than or equal to 0'] },
    ],
    [
      'count and rules',
      { name: 'e', ...maintainers, required_approval_count: 1, approval_rules: [{ access_level: 40 }] },
      422,
      { message: ['Required approval count cannot be combined with approval rules'] },
    ],
  ])('refused, and nothing changes: %s', async (_, body, status, answer) => {
    const before = await everything()
    expect(await api.post(base, body)).toMatchObject({ status, body: answer })
    expect(await everything()).toEqual(before)
  })

  test('a name is protected once, also by two calls at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => api.post(base, { name: 'production', ...maintainers })),
    )
    expect(answers.map((answer) => answer.status).toSorted(byNumber)).toEqual([201, 409, 409, 409, 409, 409])
    expect(await api.post(base, { name: 'production', ...maintainers })).toMatchObject({
      status: 409,
      body: { message: "Environment 'production' is already protected" },
    })
    expect(await auditOf({ type: 'Project', id: project.id })).toHaveLength(1)
  })

  test('3.2 a taken name is told before what else is wrong, and a missing entry before that', async () => {
    await protect('production')
    const wrong = { ...maintainers, approval_rules: [{ access_level: 40, required_approvals: 9 }] }
    expect((await api.post(base, { name: 'production', ...wrong })).status).toBe(409)
    expect((await api.post(base, { name: 'other', ...wrong })).status).toBe(422)
    expect((await api.put(`${base}/production`, wrong)).status).toBe(422)
    expect((await api.put(`${base}/other`, wrong)).status).toBe(404)
  })

  test('3.2 a count of null or 0 is 0; above 0 it is kept, unlike GitLab today', async () => {
    for (const [name, count] of Object.entries({ none: null, zero: 0, five: 5 })) {
      expect(await protect(name, { ...maintainers, required_approval_count: count })).toMatchObject({
        required_approval_count: count ?? 0,
      })
    }
  })

  test('3.1 the roles are 20, 30, 40 and 60, and two of them have a label', async () => {
    const roles = [20, 30, 40, 60].map((access_level) => ({ access_level }))
    const labels = [null, 'Developers + Maintainers', 'Maintainers', null]
    const made = await protect('production', { deploy_access_levels: roles, approval_rules: roles })
    for (const elements of [made.deploy_access_levels, made.approval_rules]) {
      expect(
        elements.map(({ access_level, access_level_description }) => [access_level, access_level_description]),
      ).toEqual(roles.map(({ access_level }, at) => [access_level, labels[at]]))
    }
  })

  test.each([10, 15, 25, 50, 0, -40])('3.1 role %i is none that can be named', async (access_level) => {
    for (const list of ['deploy_access_levels', 'approval_rules']) {
      expect(await api.post(base, { name: 'production', ...maintainers, [list]: [{ access_level }] })).toMatchObject({
        status: 400,
        body: { error: `${list}[0][access_level] does not have a valid value` },
      })
    }
  })

  test('3.2 a new entry may carry id: null and _destroy: false, as GitLab’s parameters allow', async () => {
    const rule = { id: null, _destroy: false, access_level: 40 }
    expect(await protect('production', { deploy_access_levels: [rule], approval_rules: [rule] })).toMatchObject({
      deploy_access_levels: [{ access_level: 40 }],
      approval_rules: [{ access_level: 40, required_approvals: 1 }],
    })
  })

  test('T8 names are exact: other case, spaces and slashes are other environments', async () => {
    for (const name of ['production', 'Production', 'production ', 'prod/uction', 'review/*', 'pr\u043eduction']) {
      await protect(name)
      expect(await api.get(`${base}/${encoded(name)}`)).toMatchObject({ status: 200, body: { name } })
    }
    expect((await api.get(`${base}/${encoded('PRODUCTION')}`)).status).toBe(404)
    expect((await api.get<Listed>(`${base}/${encoded('review/*')}`)).body).toMatchObject({
      warnings: [expect.stringContaining('No environment can have this name'), expect.any(String)],
    })
  })
})

describe('who may be named', () => {
  test('in a project: Developers and invited groups; others are left out', async () => {
    const [developer, reporter, outsider] = await Promise.all([
      aMember(server, { project }, 'developer'),
      aMember(server, { project }, 'reporter'),
      aUser(server),
    ])
    const inherited = await aMember(server, { group }, 'developer')
    const [invited, expired, foreign] = [await aGroup(server), await aGroup(server), await aGroup(server)]
    await share(invited, 20)
    await share(expired, 30, '2020-01-01')
    const people = [developer, reporter, outsider, inherited].map((user) => ({ user_id: user.id }))
    const groups = [invited, expired, foreign, group].map((one) => ({ group_id: one.id }))
    const made = await protect('production', {
      deploy_access_levels: [...people, ...groups],
      approval_rules: [...people, ...groups],
    })
    const subjects = [
      { user_id: developer.id, group_id: null },
      { user_id: inherited.id, group_id: null },
      { user_id: null, group_id: invited.id },
    ]
    expect(made.deploy_access_levels.map(({ user_id, group_id }) => ({ user_id, group_id }))).toEqual(subjects)
    expect(made.approval_rules.map(({ user_id, group_id }) => ({ user_id, group_id }))).toEqual(subjects)
    expect(
      await api.post(base, {
        name: 'nobody',
        deploy_access_levels: [{ user_id: outsider.id }, { group_id: group.id }],
      }),
    ).toMatchObject({
      status: 422,
      body: { message: ['Deploy access levels is too short (minimum is 1 character)'] },
    })
  })

  test('in a group: Owners and Maintainers of it or above, itself, groups below and groups it is shared with', async () => {
    const child = await aGroup(server, { parent: group })
    const grandchild = await aGroup(server, { parent: child })
    const [owner, above, developer] = [
      await aMember(server, { group: child }, 'owner'),
      await aMember(server, { group }, 'maintainer'),
      await aMember(server, { group: child }, 'developer'),
    ]
    const shared = await aGroup(server)
    await inTransaction(server.db, (tx) =>
      tx
        .insertInto('group_group_links')
        .values({ shared_group_id: child.id, shared_with_group_id: shared.id, group_access: 30, expires_at: null })
        .execute(),
    )
    const answer = await server
      .api(owner.token)
      .post<ProtectedEnvironment>(`/groups/${child.id}/protected_environments`, {
        name: 'production',
        deploy_access_levels: [
          ...[owner, above, developer].map((user) => ({ user_id: user.id })),
          ...[child, grandchild, shared, group, await aGroup(server)].map((one) => ({ group_id: one.id })),
        ],
      })
    expect(answer.status).toBe(201)
    expect(answer.body.deploy_access_levels.map((level) => level.user_id ?? level.group_id)).toEqual([
      owner.id,
      above.id,
      child.id,
      grandchild.id,
      shared.id,
    ])
  })

  test('strict=true names who is not eligible and changes nothing', async () => {
    const outsider = await aUser(server)
    const before = await everything()
    expect(
      await api.post(`${base}?strict=true`, {
        name: 'production',
        deploy_access_levels: [{ access_level: 40 }, { user_id: outsider.id }],
        approval_rules: [{ group_id: group.id }],
      }),
    ).toMatchObject({
      status: 422,
      body: {
        message: [
          `User ${outsider.id} is not eligible: only people with at least the Developer role in the project can be named`,
          `Group ${group.id} is not eligible: only groups invited to the project can be named`,
        ],
      },
    })
    expect(await everything()).toEqual(before)
  })

  test('T3 people who have left can still be taken out', async () => {
    const leaver = await aMember(server, { project }, 'developer')
    const made = await protect('production', {
      deploy_access_levels: [{ access_level: 40 }, { user_id: leaver.id }],
      approval_rules: [{ user_id: leaver.id }],
    })
    await inTransaction(server.db, (tx) => tx.deleteFrom('members').where('id', '=', leaver.member.id).execute())
    const [, level] = made.deploy_access_levels
    const [rule] = made.approval_rules
    const answer = await api.put<ProtectedEnvironment>(`${base}/production`, {
      strict: true,
      deploy_access_levels: [{ id: level?.id, user_id: leaver.id, _destroy: true }],
      approval_rules: [{ id: rule?.id, _destroy: 1 }],
    })
    expect(answer).toMatchObject({
      status: 200,
      body: { approval_rules: [], deploy_access_levels: [{ access_level: 40 }] },
    })
  })
})

describe('changing', () => {
  test('is additive: new, changed, deleted; what is not mentioned stays', async () => {
    const qa = await aGroup(server, { name: 'qa' })
    await share(qa)
    const made = await protect('review/1', {
      deploy_access_levels: [{ access_level: 40 }, { user_id: maintainer.id }],
      approval_rules: [{ access_level: 40, required_approvals: 2 }, { group_id: qa.id }],
    })
    const [first, second] = made.approval_rules
    const changed = await api.put<ProtectedEnvironment>(`${base}/${encoded('review/1')}`, {
      deploy_access_levels: [{ id: made.deploy_access_levels[1]?.id, group_id: qa.id }, { access_level: 30 }],
      approval_rules: [
        { id: first?.id, required_approvals: 3 },
        { id: second?.id, _destroy: true },
      ],
    })
    expect(changed.status).toBe(200)
    expect(changed.body.deploy_access_levels).toMatchObject([
      { access_level: 40 },
      { access_level: null, user_id: null, group_id: qa.id, access_level_description: 'qa' },
      { access_level: 30 },
    ])
    expect(changed.body.approval_rules).toEqual([{ ...first, required_approvals: 3 }])
    expect((await api.get(`${base}/${encoded('review/1')}`)).body).toEqual(changed.body)
  })

  test('counts and start change alone', async () => {
    await protect('production')
    expect((await api.put(`${base}/production`, { required_approval_count: 1 })).body).toMatchObject({
      required_approval_count: 1,
      start: 'on_approval',
    })
    expect((await api.put(`${base}/production`, { start: 'manual' })).body).toMatchObject({
      required_approval_count: 1,
      start: 'manual',
    })
    expect(
      (await api.put(`${base}/production`, { required_approval_count: 0, approval_rules: [{ access_level: 40 }] }))
        .body,
    ).toMatchObject({
      required_approval_count: 0,
      approval_rules: [{ access_level: 40 }],
    })
  })

  test.each<[string, object, number, unknown]>([
    [
      'the last deployer',
      { deploy_access_levels: [{ id: 'DEPLOYER', _destroy: 'true' }] },
      422,
      { message: ['Deploy access levels is too short (minimum is 1 character)'] },
    ],
    [
      'a count beside rules',
      { required_approval_count: 1 },
      422,
      { message: ['Required approval count cannot be combined with approval rules'] },
    ],
    [
      'an unknown deployer',
      { deploy_access_levels: [{ id: 2_000_000_000, access_level: 30 }] },
      404,
      { message: '404 Not found' },
    ],
    ['an unknown rule', { approval_rules: [{ id: 2_000_000_000, _destroy: true }] }, 404, { message: '404 Not found' }],
    [
      'one good and one bad',
      { deploy_access_levels: [{ access_level: 30 }], approval_rules: [{ access_level: 40, required_approvals: 9 }] },
      422,
      { message: ['Approval rules required approvals must be less than or equal to 5'] },
    ],
    [
      'a rule for nobody',
      { approval_rules: [{ required_approvals: 1 }] },
      400,
      {
        error:
          'approval_rules[0][access_level], approval_rules[0][user_id], approval_rules[0][group_id] are missing, at least one parameter must be provided',
      },
    ],
  ])('refused, and nothing changes: %s', async (_, body, status, answer) => {
    const made = await protect('production', { ...maintainers, approval_rules: [{ access_level: 40 }] })
    const before = await everything()
    const text = JSON.stringify(body).replace('"DEPLOYER"', String(made.deploy_access_levels[0]?.id))
    expect(await api.put(`${base}/production`, text, { 'content-type': 'application/json' })).toMatchObject({
      status,
      body: answer,
    })
    expect(await everything()).toEqual(before)
  })

  test('T2 ids of another environment, project or group are refused and change nothing', async () => {
    const other = await projectIn(group)
    await aMember(server, { project: other }, 'maintainer', { user: maintainer })
    await aMember(server, { group }, 'owner', { user: maintainer })
    const rules = { ...maintainers, approval_rules: [{ access_level: 40 }] }
    const own = await protect('production', rules)
    const entries = [
      await protect('staging', rules),
      (
        await api.post<ProtectedEnvironment>(`/projects/${other.id}/protected_environments`, {
          name: 'production',
          ...rules,
        })
      ).body,
      (
        await api.post<ProtectedEnvironment>(`/groups/${group.id}/protected_environments`, {
          name: 'production',
          ...rules,
        })
      ).body,
    ]
    const before = await everything()
    for (const entry of entries) {
      const [level, rule] = [entry.deploy_access_levels[0]?.id, entry.approval_rules[0]?.id]
      for (const body of [
        { deploy_access_levels: [{ id: level, access_level: 30 }] },
        { deploy_access_levels: [{ id: level, _destroy: true }] },
        { approval_rules: [{ id: rule, access_level: 30, required_approvals: 5 }] },
        { approval_rules: [{ id: rule, _destroy: true }] },
        {
          approval_rules: [
            { id: own.approval_rules[0]?.id, access_level: 30 },
            { id: rule, _destroy: true },
          ],
        },
      ]) {
        expect(await api.put(`${base}/production`, body)).toMatchObject({
          status: 404,
          body: { message: '404 Not found' },
        })
      }
    }
    expect(await everything()).toEqual(before)
  })

  test('two changes at once never take the last deployer between them', async () => {
    for (let round = 0; round < 5; round++) {
      const name = `race-${round}`
      const made = await protect(name, { deploy_access_levels: [{ access_level: 40 }, { access_level: 30 }] })
      const answers = await Promise.all(
        made.deploy_access_levels.map(({ id }) =>
          api.put(`${base}/${name}`, { deploy_access_levels: [{ id, _destroy: true }] }),
        ),
      )
      expect(answers.map((answer) => answer.status).toSorted(byNumber)).toEqual([200, 422])
    }
  })

  test('two changes at once both count', async () => {
    await protect('production')
    await Promise.all(
      [20, 30, 40, 60].map((level) => api.put(`${base}/production`, { approval_rules: [{ access_level: level }] })),
    )
    const { body } = await api.get<ProtectedEnvironment>(`${base}/production`)
    expect(body.approval_rules.map((rule) => rule.access_level ?? 0).toSorted(byNumber)).toEqual([20, 30, 40, 60])
  })
})

describe('unprotecting', () => {
  test('204 without a body, then 404', async () => {
    await protect('review/1')
    expect(await api.delete(`${base}/${encoded('review/1')}`)).toMatchObject({ status: 204, body: null })
    for (const verb of ['get', 'delete', 'put'] as const) {
      const again = await api[verb](`${base}/${encoded('review/1')}`)
      expect(again).toMatchObject({ status: 404, body: { message: '404 Not found' } })
    }
    expect((await api.get(base)).body).toEqual([])
  })

  test('3.6 takes everybody it named and every rule along', async () => {
    const before = (await everything()).rows
    await protect('production', { ...maintainers, approval_rules: [{ access_level: 40 }, { user_id: maintainer.id }] })
    expect((await api.delete(`${base}/production`)).status).toBe(204)
    expect((await everything()).rows).toEqual(before)
  })
})

describe('3.6 somebody who leaves the project', () => {
  test('takes their right to deploy along, and their rule where another approver remains', async () => {
    const leaver = await aMember(server, { project }, 'developer')
    const mine = { user_id: leaver.id }
    await protect('sole', { deploy_access_levels: [mine], approval_rules: [{ ...mine, required_approvals: 2 }] })
    await protect('shared', { ...maintainers, approval_rules: [mine, { access_level: 40 }] })
    expect((await api.delete(`/projects/${project.id}/members/${leaver.id}`)).status).toBe(204)
    // Nobody but administrators deploys to it now, and what it requires has not become less.
    expect((await api.get(`${base}/sole`)).body).toMatchObject({
      deploy_access_levels: [],
      approval_rules: [{ user_id: leaver.id, required_approvals: 2 }],
    })
    expect((await api.get(`${base}/shared`)).body).toMatchObject({
      deploy_access_levels: [{ access_level: 40 }],
      approval_rules: [{ access_level: 40 }],
    })
    expect((await auditOf({ type: 'Project', id: project.id })).slice(2).map((row) => row.event_name)).toEqual(
      expect.arrayContaining([
        'protected_environment_deploy_access_level_deleted',
        'protected_environment_approval_rule_deleted',
      ]),
    )
  })
})

test('lists are sorted by name and paged; search is ignored', async () => {
  for (const name of ['c', 'a', 'b']) await protect(name)
  const page = await api.get<Listed>(`${base}?per_page=2&search=zzz`)
  expect(page.body.map((entry) => entry.name)).toEqual(['a', 'b'])
  expect(page.headers.get('x-total')).toBe('3')
  expect(page.headers.get('link')).toContain('rel="next"')
  // 7.5: there are pages by number alone.
  const keyset = await api.get<Listed>(`${base}?pagination=keyset&order_by=id&per_page=2`)
  expect([keyset.body.length, keyset.headers.get('x-total')]).toEqual([2, '3'])
})

describe('a group protects a tier', () => {
  test('by its name, and nothing else', async () => {
    const owner = server.api((await aMember(server, { group }, 'owner')).token)
    const at = `/groups/${group.id}/protected_environments`
    expect(await owner.post(at, { name: 'live', ...maintainers })).toMatchObject({
      status: 422,
      body: { message: ['Name must be one of environment tiers: production, staging, testing, development, other.'] },
    })
    expect((await owner.post(at, { name: 'production', ...maintainers })).status).toBe(201)
    expect(await owner.post(at, { name: 'production', ...maintainers })).toMatchObject({
      status: 409,
      body: { message: "Protected environment 'production' already exists" },
    })
    expect((await owner.get<Listed>(at)).body.map((entry) => entry.name)).toEqual(['production'])
    // The group's entry is not the project's.
    expect((await api.get(`${base}/production`)).status).toBe(404)
  })

  test('3.5 every tier, with the answers and the record of a project’s entry', async () => {
    const owner = server.api((await aMember(server, { group }, 'owner')).token)
    const at = `/groups/${group.id}/protected_environments`
    for (const name of ['production', 'staging', 'testing', 'development', 'other']) {
      const { status, body } = await owner.post<ProtectedEnvironment>(at, {
        name,
        ...maintainers,
        approval_rules: [{ group_id: group.id, group_inheritance_type: 1 }],
      })
      const mine = await protect(name, { ...maintainers, approval_rules: [{ access_level: 30 }] })
      expect([status, Object.keys(body)]).toEqual([201, Object.keys(mine)])
      expect(Object.keys(body.approval_rules[0] ?? {})).toEqual(Object.keys(mine.approval_rules[0] ?? {}))
      expect(body.approval_rules).toMatchObject([
        { group_id: group.id, group_inheritance_type: 1, required_approvals: 1 },
      ])
    }
    const names = (await owner.get<Listed>(at)).body.map((entry) => entry.name)
    expect(names).toEqual(['development', 'other', 'production', 'staging', 'testing'])
    const [first] = await auditOf({ type: 'Group', id: group.id })
    expect(first?.details).toMatchObject({ custom_message: 'Protected environments of production tier' })
    expect((await owner.put(`${at}/live`, maintainers)).status).toBe(404)
    expect((await owner.delete(`${at}/live`)).status).toBe(404)
  })
})

describe('3.1 the database itself refuses', () => {
  const entry = { name: 'production', project_id: 'PROJECT', group_id: null }
  const deployer = { access_level: 40, user_id: null, group_id: null }
  test.each<[string, 'protected_environments' | 'deploy_access_levels' | 'approval_rules', object]>([
    ['an entry of nobody', 'protected_environments', { ...entry, project_id: null }],
    ['an entry of a project and a group', 'protected_environments', { ...entry, group_id: 'GROUP' }],
    ['a count of 6', 'protected_environments', { ...entry, required_approval_count: 6 }],
    ['a negative count', 'protected_environments', { ...entry, required_approval_count: -1 }],
    ['a deployer who is nobody', 'deploy_access_levels', { ...deployer, access_level: null }],
    ['a deployer who is two', 'deploy_access_levels', { ...deployer, group_id: 'GROUP' }],
    ['a deployer with inheritance 2', 'deploy_access_levels', { ...deployer, group_inheritance_type: 2 }],
    ['an approver who is nobody', 'approval_rules', { ...deployer, access_level: null }],
    ['an approver who is two', 'approval_rules', { ...deployer, group_id: 'GROUP' }],
    ['a rule that requires nothing', 'approval_rules', { ...deployer, required_approvals: 0 }],
    ['a rule that requires 6', 'approval_rules', { ...deployer, required_approvals: 6 }],
    ['a rule with inheritance -1', 'approval_rules', { ...deployer, group_inheritance_type: -1 }],
  ])('%s', async (_, table, values) => {
    await protect('other')
    const { id } = await server.db
      .selectFrom('protected_environments')
      .select('id')
      .where('project_id', '=', project.id)
      .executeTakeFirstOrThrow()
    const known: Record<string, number> = { PROJECT: project.id, GROUP: group.id }
    const row = Object.entries({
      ...values,
      ...(table === 'protected_environments' ? {} : { protected_environment_id: id }),
    })
    const columns = sql.join(row.map(([name]) => sql.ref(name)))
    const given = sql.join(row.map(([, value]) => sql`${known[String(value)] ?? value}`))
    const insert = inTransaction(server.db, (tx) =>
      sql`insert into ${sql.table(table)} (${columns}) values (${given})`.execute(tx),
    )
    await expect(insert).rejects.toThrow(/violates check constraint/)
  })
})

describe('3.1 who an entry lets in', () => {
  /** One person for each way to belong. */
  async function people() {
    const company = await aGroup(server)
    const qa = await aGroup(server, { parent: company })
    await share(qa, 30)
    const { id } = group
    return {
      qa,
      named: {
        outsider: await aUser(server),
        guest: await aMember(server, { project }, 'guest'),
        reporter: await aMember(server, { project }, 'reporter'),
        developer: await aMember(server, { project }, 'developer'),
        maintainer,
        'maintainer of the group': await aMember(server, { group: { id } }, 'maintainer'),
        'member of qa': await aMember(server, { group: qa }, 'owner'),
        'inherited member of qa': await aMember(server, { group: company }, 'developer'),
        administrator: await aUser(server, { admin: true }),
      },
    }
  }

  async function anEnvironment(name: string, tier: Tier): Promise<number> {
    const row = { project_id: project.id, name, slug: name, tier }
    const { id } = await inTransaction(server.db, (tx) =>
      tx.insertInto('environments').values(row).returning('id').executeTakeFirstOrThrow(),
    )
    return id
  }

  async function letIn(named: Record<string, { id: number }>, environmentId: number): Promise<string[]> {
    const found: string[] = []
    for (const [who, { id }] of Object.entries(named))
      if (await mayDeploy(server.db, id, environmentId)) found.push(who)
    return found
  }

  const maintaining = ['maintainer', 'maintainer of the group']
  const developing = ['developer', ...maintaining, 'member of qa', 'inherited member of qa']

  test('of a project: a person, a group with or without its inherited members, a role however it is held', async () => {
    const { qa, named } = await people()
    const rows: [object[], string[]][] = [
      [[{ user_id: named.developer.id }], ['developer']],
      [[{ group_id: qa.id }], ['member of qa']],
      [[{ group_id: qa.id, group_inheritance_type: 1 }], ['member of qa', 'inherited member of qa']],
      [[{ access_level: 20 }], ['reporter', ...developing]],
      [[{ access_level: 30 }], developing],
      [[{ access_level: 40 }], maintaining],
      [[{ access_level: 60 }], []],
      // Elements of one entry add up.
      [
        [{ access_level: 40 }, { user_id: named.developer.id }],
        ['developer', ...maintaining],
      ],
    ]
    for (const [at, [deploy_access_levels, expected]] of rows.entries()) {
      const environment = await anEnvironment(`row-${at}`, 'other')
      expect(await letIn(named, environment)).toEqual(Object.keys(named))
      await protect(`row-${at}`, { deploy_access_levels })
      expect([at, await letIn(named, environment)]).toEqual([at, [...expected, 'administrator']])
    }
  })

  test('of a group: by the role held there, for every project below, by tier and not by name', async () => {
    const below = await aGroup(server, { parent: group })
    project = await projectIn(below)
    const { named } = await people()
    await aMember(server, { project }, 'maintainer', { user: maintainer })
    const owner = server.api((await aMember(server, { group }, 'owner')).token)
    const covered = await anEnvironment('eu', 'production')
    const free = await anEnvironment('production', 'other')
    const at = `/groups/${group.id}/protected_environments`
    expect((await owner.post(at, { name: 'production', ...maintainers })).status).toBe(201)
    // The project's own Maintainer is no Maintainer of the group.
    const above = ['maintainer of the group', 'administrator']
    expect(await letIn(named, covered)).toEqual(above)
    expect(await letIn(named, free)).toEqual(Object.keys(named))
    // 3.5: what a lower group or the project says comes on top, and takes nothing away.
    const lower = server.api((await aMember(server, { group: below }, 'owner')).token)
    const wide = { deploy_access_levels: [{ access_level: 20 }] }
    expect(
      (await lower.post(`/groups/${below.id}/protected_environments`, { name: 'production', ...wide })).status,
    ).toBe(201)
    expect((await lower.post(`/projects/${project.id}/protected_environments`, { name: 'eu', ...wide })).status).toBe(
      201,
    )
    expect(await letIn(named, covered)).toEqual(above)
    const { body } = await lower.get<ProtectedEnvironment>(`/projects/${project.id}/protected_environments/eu`)
    const narrow = { deploy_access_levels: [{ id: body.deploy_access_levels[0]?.id, access_level: 60 }] }
    expect((await lower.put(`/projects/${project.id}/protected_environments/eu`, narrow)).status).toBe(200)
    expect(await letIn(named, covered)).toEqual(['administrator'])
  })
})

describe('the record', () => {
  test('says who did what, with before and after', async () => {
    const made = await protect('production', {
      deploy_access_levels: [{ access_level: 40 }, { access_level: 30 }],
      approval_rules: [{ access_level: 40 }, { user_id: maintainer.id }],
    })
    const [one, two] = made.deploy_access_levels
    const [first, second] = made.approval_rules
    await api.put(`${base}/production`, {
      start: 'manual',
      deploy_access_levels: [
        { id: one?.id, user_id: maintainer.id },
        { id: two?.id, _destroy: true },
        { access_level: 60 },
      ],
      approval_rules: [
        { id: first?.id, required_approvals: 3 },
        { id: second?.id, _destroy: true },
        { access_level: 20 },
      ],
    })
    await api.put(`${base}/production`, { start: 'manual', approval_rules: [{ id: first?.id, required_approvals: 3 }] })
    await api.delete(`${base}/production`)
    const rows = await auditOf({ type: 'Project', id: project.id })
    expect(rows.map((row) => row.event_name)).toEqual([
      'environment_protected',
      'protected_environment_updated',
      'protected_environment_deploy_access_level_deleted',
      'protected_environment_deploy_access_level_updated',
      'protected_environment_deploy_access_level_added',
      'protected_environment_approval_rule_deleted',
      'protected_environment_approval_rule_updated',
      'protected_environment_approval_rule_added',
      'environment_unprotected',
    ])
    for (const row of rows) {
      expect(row).toMatchObject({
        author_id: maintainer.id,
        target_type: 'ProtectedEnvironment',
        target_details: 'production',
      })
    }
    const details = (event: string) => rows.find((row) => row.event_name === event)?.details
    expect(details('environment_protected')).toMatchObject({
      custom_message: 'Protected an environment: production',
      before: null,
      after: {
        required_approval_count: 0,
        start: 'on_approval',
        deploy_access_levels: [{ access_level: 40, name: 'Maintainers' }, { access_level: 30 }],
      },
    })
    expect(details('protected_environment_updated')).toMatchObject({
      before: { start: 'on_approval' },
      after: { start: 'manual' },
    })
    expect(details('protected_environment_deploy_access_level_updated')).toMatchObject({
      before: { id: one?.id, access_level: 40, user_id: null },
      after: { id: one?.id, access_level: null, user_id: maintainer.id, name: maintainer.name },
    })
    expect(details('protected_environment_approval_rule_updated')).toMatchObject({
      before: { required_approvals: 1 },
      after: { required_approvals: 3 },
    })
    expect(details('protected_environment_approval_rule_deleted')).toMatchObject({
      before: { user_id: maintainer.id, name: maintainer.name },
      after: null,
    })
    expect(details('environment_unprotected')).toMatchObject({
      before: { start: 'manual', approval_rules: [{ required_approvals: 3 }, { access_level: 20 }] },
      after: null,
    })
  })
})

describe('T32 rules that cannot be met are told when they are saved', () => {
  test.each<[string, number, boolean, string[]]>([
    [
      'one approver, one approval',
      1,
      false,
      [expect.stringMatching(/created by one of its approvers: it requires 1, and only 1 person/)],
    ],
    ['one approver, one approval, creators may approve', 1, true, []],
    [
      'one approver, two approvals',
      2,
      true,
      [expect.stringMatching(/cannot be met: it requires 2, and only 1 person/)],
    ],
  ])('%s', async (_, required, selfApproval, warnings) => {
    await inTransaction(server.db, (tx) =>
      tx
        .updateTable('projects')
        .set({ allow_pipeline_trigger_approve_deployment: selfApproval })
        .where('id', '=', project.id)
        .execute(),
    )
    const made = await protect('production', {
      ...maintainers,
      approval_rules: [{ user_id: maintainer.id, required_approvals: required }],
    })
    expect(made.warnings).toEqual(warnings)
  })

  test('people are counted as they are now, through every way to belong, administrators aside', async () => {
    const qa = await aGroup(server, { name: 'qa' })
    await share(qa, 30)
    const request = { ...maintainers, approval_rules: [{ group_id: qa.id, required_approvals: 2 }] }
    const warnings = async () => (await api.get<ProtectedEnvironment>(`${base}/production`)).body.warnings
    // A group without members: T27, never a free pass.
    expect((await protect('production', request)).warnings).toEqual([
      expect.stringMatching(/rule for qa cannot be met.*nobody/),
    ])
    await aUser(server, { admin: true })
    await aMember(server, { group: qa }, 'developer')
    await aMember(server, { group: qa }, 'developer', { expiresAt: '2020-01-01' })
    expect(await warnings()).toEqual([expect.stringMatching(/only 1 person/)])
    const third = await aMember(server, { group: qa }, 'owner')
    await aMember(server, { group: qa }, 'guest')
    // A guest of the group is a guest of the project: they cannot read its deployments, so they cannot approve.
    expect(await warnings()).toEqual([expect.stringMatching(/created by one of its approvers.*only 2 people/)])
    await aMember(server, { group: qa }, 'reporter')
    expect(await warnings()).toEqual([])
    await inTransaction(server.db, (tx) =>
      tx.updateTable('users').set({ state: 'blocked' }).where('id', '=', third.id).execute(),
    )
    expect(await warnings()).toEqual([expect.stringMatching(/only 2 people/)])
  })

  test('roles count inherited and shared members; a bare count is met by deployers', async () => {
    const partners = await aGroup(server)
    await share(partners, 40)
    await aMember(server, { group: partners }, 'maintainer')
    await aMember(server, { group }, 'maintainer')
    const three = await protect('a', { ...maintainers, required_approval_count: 3 })
    expect(three.warnings).toEqual([
      expect.stringMatching(
        /^The required approval count cannot be met for a deployment created by one of its approvers: it requires 3, and only 3 people/,
      ),
    ])
    expect((await protect('b', { ...maintainers, required_approval_count: 2 })).warnings).toEqual([])
    expect((await protect('c', { ...maintainers, required_approval_count: 4 })).warnings).toEqual([
      expect.stringMatching(/cannot be met: it requires 4, and only 3 people/),
    ])
  })

  test('people of a group that a group is shared with count too', async () => {
    const shared = await aGroup(server)
    await aMember(server, { group: shared }, 'maintainer')
    const request = { ...maintainers, approval_rules: [{ access_level: 40, required_approvals: 1 }] }
    expect((await protect('production', request)).warnings).toEqual([expect.stringMatching(/only 1 person/)])
    await inTransaction(server.db, (tx) =>
      tx
        .insertInto('group_group_links')
        .values({ shared_group_id: group.id, shared_with_group_id: shared.id, group_access: 40, expires_at: null })
        .execute(),
    )
    expect((await api.get<ProtectedEnvironment>(`${base}/production`)).body.warnings).toEqual([])
  })

  test('a group entry counts people in the group that owns it', async () => {
    const owner = await aMember(server, { group }, 'owner')
    const { body } = await server
      .api(owner.token)
      .post<ProtectedEnvironment>(`/groups/${group.id}/protected_environments`, {
        name: 'production',
        ...maintainers,
        approval_rules: [{ access_level: 40, required_approvals: 2 }],
      })
    // The project's maintainer is not one of the group's.
    expect(body.warnings).toEqual([expect.stringMatching(/cannot be met: it requires 2, and only 1 person/)])
  })

  test('T27 nothing required is told', async () => {
    expect((await protect('production')).warnings).toEqual([expect.stringMatching(/^No approval is required/)])
  })
})
