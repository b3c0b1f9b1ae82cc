import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { passwordMatches } from '../../src/app/password.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { findUser } from '../../src/db/users.ts'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aToken, aUser, type TestUser, unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
let admin: TestUser
let someone: TestUser
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
  admin = await aUser(server, { admin: true })
  someone = await aUser(server)
})
afterAll(() => server.stop())

const newUser = (overrides: object = {}) => {
  const username = unique('new')
  return { username, name: 'New Person', email: `${username}@example.com`, password: 'correct horse', ...overrides }
}

async function auditOf(entityType: string, entityId: number): Promise<string[]> {
  const rows = await server.db
    .selectFrom('audit_events')
    .select('event_name')
    .where('entity_type', '=', entityType as 'User')
    .where('entity_id', '=', entityId)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.event_name)
}

describe('GET /user', () => {
  it('answers the holder of the token, with what is private', async () => {
    const { status, body } = await server.api(someone.token).get('/user')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: someone.id,
      username: someone.username,
      email: someone.email,
      state: 'active',
      is_admin: false,
      bot: false,
      web_url: `${server.url}/${someone.username}`,
      identities: [],
    })
  })

  it.each([
    ['nobody', undefined],
    ['an unknown token', 'glpat-unknown'],
  ])('refuses %s', async (_who, token) => {
    const { status, body } = await server.api(token).get('/user')
    expect({ status, body }).toEqual({ status: 401, body: { message: '401 Unauthorized' } })
  })

  it.each([
    ['read_user', 200],
    ['read_api', 200],
    ['api', 200],
    ['read_repository', 403],
    ['write_repository', 403],
    ['create_runner', 403],
  ])('with scope %s answers %i', async (scope, expected) => {
    const { token } = await aToken(server, someone, [scope])
    expect((await server.api(token).get('/user')).status).toBe(expected)
  })
})

describe('GET /users', () => {
  it('pages with every header, newest first', async () => {
    const { headers, body } = await root.get<{ id: number }[]>('/users?per_page=2&page=2')
    const all = await root.get<{ id: number }[]>('/users?per_page=100')
    const ids = all.body.map((user) => user.id)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    expect(body.map((user) => user.id)).toEqual(ids.slice(2, 4))
    expect(headers.get('x-page')).toBe('2')
    expect(headers.get('x-per-page')).toBe('2')
    expect(headers.get('x-prev-page')).toBe('1')
    expect(headers.get('x-total')).toBe(String(ids.length))
    expect(headers.get('x-total-pages')).toBe(String(Math.ceil(ids.length / 2)))
    expect(headers.get('link')).toContain(`<${server.url}/api/v4/users?per_page=2&page=1>; rel="prev"`)
  })

  it('follows the filters with the link of the next page', async () => {
    await aUser(server, { name: 'Zebra One' })
    await aUser(server, { name: 'Zebra Two' })
    const first = await root.get<{ name: string }[]>('/users?search=zebra&per_page=1&order_by=name&sort=asc')
    expect(first.body.map((user) => user.name)).toEqual(['Zebra One'])
    const next = /<([^>]*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await root.get<{ name: string }[]>(next.slice(next.indexOf('/api/v4') + 7))
    expect(second.body.map((user) => user.name)).toEqual(['Zebra Two'])
    expect(second.headers.get('x-next-page')).toBe('')
  })

  it('filters', async () => {
    const blocked = await aUser(server, { state: 'blocked' })
    const usernames = async (query: string, api = root) =>
      (await api.get<{ username: string }[]>(`/users?per_page=100&${query}`)).body.map((user) => user.username)
    expect(await usernames(`username=${blocked.username.toUpperCase()}`)).toEqual([blocked.username])
    expect(await usernames('blocked=true')).toEqual([blocked.username])
    expect(await usernames('active=true')).not.toContain(blocked.username)
    expect(await usernames('active=true&blocked=true')).toEqual([])
    expect(await usernames('admins=true')).toEqual([admin.username, 'root'])
    expect(await usernames(`search=${blocked.email}`)).toEqual([blocked.username])
    expect(await usernames('search=100%25')).toEqual([])
    expect(await usernames('created_after=2100-01-01')).toEqual([])
    // An address that is not public is not a way to find somebody.
    expect(await usernames(`search=${blocked.email}`, server.api(someone.token))).toEqual([])
  })

  it('shows private fields to administrators only', async () => {
    const path = `/users?username=${someone.username}`
    expect((await root.get(path)).body).toMatchObject([{ email: someone.email, is_admin: false }])
    const { body } = await server.api(someone.token).get<object[]>(path)
    expect(Object.keys(body[0] ?? {}).sort()).toEqual(
      ['avatar_url', 'id', 'locked', 'name', 'state', 'username', 'web_url'].sort(),
    )
  })

  it('tells nobody in particular about one username and no more', async () => {
    const nobody = server.api()
    expect((await nobody.get('/users')).body).toEqual({
      message: '403 Forbidden - Not authorized to access /api/v4/users',
    })
    expect((await nobody.get(`/users?username=${someone.username}`)).body).toMatchObject([{ id: someone.id }])
  })

  it.each([
    ['per_page=0', 'per_page does not have a valid value'],
    ['page=x', 'page is invalid'],
    ['order_by=email', 'order_by does not have a valid value'],
    ['active=perhaps', 'active is invalid'],
    ['created_after=yesterday', 'created_after is invalid'],
  ])('refuses %s', async (query, error) => {
    expect(await root.get(`/users?${query}`)).toMatchObject({ status: 400, body: { error } })
  })
})

describe('GET /users/:id', () => {
  it('answers everything to administrators, the public part to others, nothing to nobody', async () => {
    const path = `/users/${someone.id}`
    expect((await root.get(path)).body).toMatchObject({ id: someone.id, email: someone.email })
    const { body } = await server.api(admin.token).get(path)
    expect(body).toHaveProperty('email')
    const other = await aUser(server)
    const seen = await server.api(other.token).get(path)
    expect(seen).toMatchObject({ status: 200, body: { id: someone.id, bio: '' } })
    expect(seen.body).not.toHaveProperty('email')
    expect(seen.body).not.toHaveProperty('is_admin')
    expect(await server.api().get(path)).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Not authorized!' },
    })
  })

  it.each(['/users/999999', '/users/99999999999999999', '/users/9007199254740993'])('%s is not there', async (path) => {
    const { status } = await root.get(path)
    expect([400, 404]).toContain(status)
  })
})

describe('POST /users', () => {
  it('creates a user with a personal namespace, a password and an audit row', async () => {
    const request = newUser({ bio: 'Ships', admin: false, skip_confirmation: true })
    const { status, body } = await root.post<{ id: number; namespace_id: number }>('/users', request)
    expect(status).toBe(201)
    expect(body).toMatchObject({
      username: request.username,
      name: 'New Person',
      email: request.email,
      bio: 'Ships',
      state: 'active',
      is_admin: false,
      created_by: { id: 1, username: 'root' },
    })
    const user = await findUser(server.db, body.id)
    expect(user?.namespaceId).toBe(body.namespace_id)
    expect(await passwordMatches(user?.password_digest ?? null, 'correct horse')).toBe(true)
    expect(await auditOf('User', body.id)).toEqual(['user_created'])
  })

  it('takes a form', async () => {
    const form = new URLSearchParams(newUser({ admin: 'true' }) as Record<string, string>)
    const { status, body } = await root.post('/users', form)
    expect({ status, body }).toMatchObject({ status: 201, body: { is_admin: true } })
  })

  it.each(['reset_password', 'force_random_password'])('with %s the account has no password', async (parameter) => {
    const { body } = await root.post<{ id: number }>('/users', newUser({ password: undefined, [parameter]: true }))
    expect((await findUser(server.db, body.id))?.password_digest).toBeNull()
  })

  it.each<[string, object, number, object]>([
    [
      'nothing',
      { email: undefined, name: undefined, username: undefined },
      400,
      { error: 'email is missing, name is missing, username is missing' },
    ],
    [
      'no password',
      { password: undefined },
      400,
      {
        error: 'password, reset_password, force_random_password are missing, at least one parameter must be provided',
      },
    ],
    [
      'a short password',
      { password: 'short' },
      400,
      { message: { password: ['is too short (minimum is 8 characters)'] } },
    ],
    [
      'a long password',
      { password: 'x'.repeat(129) },
      400,
      { message: { password: ['is too long (maximum is 128 characters)'] } },
    ],
    ['no address', { email: 'nowhere' }, 400, { message: { email: ['is invalid'] } }],
    ['an empty name', { name: ' ' }, 400, { message: { name: ["can't be blank"] } }],
    ['a reserved username', { username: 'API' }, 400, { message: { username: ['is a reserved name'] } }],
    ['a NUL', { name: 'a\0b' }, 400, { error: 'name contains a null byte' }],
    [
      'a username that ends in .git',
      { username: 'some.git' },
      400,
      {
        message: {
          username: [
            "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', '.git' or '.atom'.",
          ],
        },
      },
    ],
    ['a number for a boolean', { admin: 7 }, 400, { error: 'admin is invalid' }],
  ])('refuses %s', async (_what, overrides, status, body) => {
    const answer = await root.post('/users', newUser(overrides))
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body })
  })

  it.each<[string, () => Promise<object>, string]>([
    ['username', async () => ({ username: someone.username.toUpperCase() }), 'Username has already been taken'],
    ['email', async () => ({ email: someone.email.toUpperCase() }), 'Email has already been taken'],
    ["group's path", async () => ({ username: (await aGroup(server)).path }), 'Username has already been taken'],
  ])('refuses a %s that is taken', async (_what, overrides, message) => {
    const answer = await root.post('/users', newUser(await overrides()))
    expect(answer).toMatchObject({ status: 409, body: { message } })
  })

  it('creates one user when two requests race for a name', async () => {
    const request = newUser()
    const answers = await Promise.all(Array.from({ length: 6 }, () => root.post('/users', request)))
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(5)
  })

  it.each([
    ['an ordinary user', () => someone.token, 403],
    ['nobody', () => undefined, 401],
  ])('is not for %s', async (_who, token, status) => {
    expect((await server.api(token()).post('/users', newUser())).status).toBe(status)
  })

  it('needs scope api', async () => {
    const { token } = await aToken(server, admin, ['read_api'])
    expect(await server.api(token).post('/users', newUser())).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope', scope: 'api' },
    })
  })
})

describe('PUT /users/:id', () => {
  it('changes what is given, with one audit row each', async () => {
    const user = await aUser(server)
    const username = unique('renamed')
    const project = await aProject(server, {
      group: await server.db
        .selectFrom('namespaces')
        .selectAll()
        .where('owner_id', '=', user.id)
        .executeTakeFirstOrThrow(),
    })
    const { status, body } = await root.put(`/users/${user.id}`, {
      username,
      name: 'Other',
      email: `${username}@example.com`,
      password: 'a new password',
      admin: true,
      location: 'Bern',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({ username, name: 'Other', is_admin: true, location: 'Bern', bio: '' })
    expect(await auditOf('User', user.id)).toEqual([
      'user_email_address_updated',
      'user_username_updated',
      'user_name_updated',
      'user_admin_status_updated',
      'user_profile_updated',
      'user_password_updated',
    ])
    const route = await server.db.selectFrom('routes').select('path').where('project_id', '=', project.id).execute()
    expect(route).toEqual([{ path: `${username}/${project.path}` }])
  })

  it.each([
    ['a new password', (id: number) => root.put(`/users/${id}`, { password: 'a new password' })],
    ['blocking', (id: number) => root.post(`/users/${id}/block`)],
    ['deactivating', (id: number) => root.post(`/users/${id}/deactivate`)],
  ])('%s signs the person out everywhere', async (_what, act) => {
    const [user, other] = [await aUser(server), await aUser(server)]
    await inTransaction(server.db, async (tx) => {
      const session = { ip: null, user_agent: null, expires_at: new Date('2100-01-01') }
      for (const { id, username } of [user, other]) {
        await tx
          .insertInto('sessions')
          .values({ ...session, user_id: id, token_digest: Buffer.from(username) })
          .execute()
      }
    })
    await act(user.id)
    const left = await server.db.selectFrom('sessions').select('user_id').execute()
    expect(left.filter(({ user_id: id }) => [user.id, other.id].includes(id))).toEqual([{ user_id: other.id }])
  })

  it('changes and writes nothing when nothing is different', async () => {
    const user = await aUser(server)
    expect((await root.put(`/users/${user.id}`, { name: user.name, email: user.email })).status).toBe(200)
    expect(await auditOf('User', user.id)).toEqual([])
  })

  it.each<[string, () => object, number, object]>([
    ['a taken username', () => ({ username: someone.username }), 409, { message: 'Username has already been taken' }],
    ['a taken address', () => ({ email: someone.email }), 409, { message: 'Email has already been taken' }],
    ['a bad name', () => ({ name: '' }), 400, { message: { name: ["can't be blank"] } }],
  ])('refuses %s', async (_what, changes, status, body) => {
    const user = await aUser(server)
    const answer = await root.put(`/users/${user.id}`, changes())
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body })
    expect(await findUser(server.db, user.id)).toMatchObject({ username: user.username, email: user.email })
  })

  it('is not for ordinary users, not even for themselves', async () => {
    const answer = await server.api(someone.token).put(`/users/${someone.id}`, { admin: true })
    expect(answer).toMatchObject({ status: 403, body: { message: '403 Forbidden' } })
  })

  it('answers 404 for a user that is not there', async () => {
    expect(await root.put('/users/999999', { name: 'x' })).toMatchObject({
      status: 404,
      body: { message: '404 User Not Found' },
    })
  })
})

describe('states', () => {
  it('blocks and unblocks: tokens stop and work again', async () => {
    const user = await aUser(server)
    const api = server.api(user.token)
    expect(await root.post(`/users/${user.id}/block`)).toMatchObject({ status: 201, body: true })
    expect(await api.get('/user')).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Your account has been blocked.' },
    })
    expect(await root.post(`/users/${user.id}/block`)).toMatchObject({ status: 201, body: true })
    expect(await root.post(`/users/${user.id}/unblock`)).toMatchObject({ status: 201, body: true })
    expect((await api.get('/user')).status).toBe(200)
    expect(await auditOf('User', user.id)).toEqual(['user_blocked', 'unblock_user'])
  })

  it.each([
    ['block', 'active', null, 'blocked'],
    ['block', 'deactivated', null, 'blocked'],
    ['unblock', 'deactivated', 'Deactivated users cannot be unblocked by the API', 'deactivated'],
    ['activate', 'deactivated', null, 'active'],
    ['activate', 'blocked', 'A blocked user must be unblocked to be activated', 'blocked'],
    ['deactivate', 'active', null, 'deactivated'],
    ['deactivate', 'blocked', 'A blocked user must be unblocked to be deactivated', 'blocked'],
  ] as const)('%s of somebody %s', async (change, state, reason, after) => {
    const user = await aUser(server, { state })
    const answer = await root.post(`/users/${user.id}/${change}`)
    if (reason) expect(answer).toMatchObject({ status: 403, body: { message: `403 Forbidden - ${reason}` } })
    else expect(answer.status).toBe(201)
    expect((await findUser(server.db, user.id))?.state).toBe(after)
  })

  it('lets no administrator block themselves, nor anybody else block', async () => {
    expect(await root.post('/users/1/block')).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - The API initiating user cannot be blocked by the API' },
    })
    expect((await server.api(someone.token).post(`/users/${admin.id}/block`)).status).toBe(403)
    expect((await root.post('/users/999999/block')).status).toBe(404)
  })

  it('keeps one active administrator, also when all others go at once', async () => {
    const others = await Promise.all([aUser(server, { admin: true }), aUser(server, { admin: true })])
    const everyone = [admin, ...others]
    const answers = await Promise.all([
      ...everyone.map((user) => root.post(`/users/${user.id}/deactivate`)),
      server.api(admin.token).put('/users/1', { admin: false }),
    ])
    const left = await server.db
      .selectFrom('users')
      .select('id')
      .where('is_admin', '=', true)
      .where('state', '=', 'active')
      .execute()
    expect(left.length).toBeGreaterThan(0)
    expect(answers.map((answer) => answer.status)).not.toContain(500)
    await inTransaction(server.db, async (tx) => {
      const ids = [1, ...everyone.map((user) => user.id)]
      await tx.updateTable('users').set({ state: 'active', is_admin: true }).where('id', 'in', ids).execute()
    })
  })
})

describe('GET /users/:id/actions', () => {
  type Actions = Record<string, { allowed: boolean; reason: string | null }>

  it('says what the calls themselves would say', async () => {
    const root = server.api(server.rootToken)
    const actions = async (id: number) => (await root.get<Actions>(`/users/${id}/actions`)).body
    const yes = { allowed: true, reason: null }
    const user = await aUser(server)
    expect(await actions(user.id)).toEqual({
      block: yes,
      unblock: yes,
      activate: yes,
      deactivate: yes,
      change_admin: yes,
      delete: yes,
    })
    await root.post(`/users/${user.id}/block`)
    const blocked = await actions(user.id)
    expect(blocked['deactivate']).toEqual({
      allowed: false,
      reason: 'A blocked user must be unblocked to be deactivated',
    })
    const answer = await root.post<{ message: string }>(`/users/${user.id}/deactivate`)
    expect(answer.body.message).toContain(blocked['deactivate']?.reason)
    const own = await actions(1)
    expect(own['block']).toEqual({ allowed: false, reason: 'The API initiating user cannot be blocked by the API' })
    expect(own['delete']?.reason).toBe('The first administrator cannot be removed')
  })

  it('is for administrators', async () => {
    const user = await aUser(server)
    expect((await server.api(user.token).get(`/users/${user.id}/actions`)).status).toBe(403)
    expect((await server.api().get(`/users/${user.id}/actions`)).status).toBe(401)
    expect((await server.api(server.rootToken).get('/users/99999999/actions')).status).toBe(404)
  })
})

describe('DELETE /users/:id', () => {
  it('removes the person, their tokens, memberships and personal projects', async () => {
    const user = await aUser(server)
    const own = await server.db
      .selectFrom('namespaces')
      .selectAll()
      .where('owner_id', '=', user.id)
      .executeTakeFirstOrThrow()
    const project = await aProject(server, { group: own })
    await aMember(server, { project: await aProject(server) }, 'developer', { user })
    expect(await root.delete(`/users/${user.id}`)).toMatchObject({ status: 204, body: null })
    expect((await server.api(user.token).get('/user')).status).toBe(401)
    expect((await root.get(`/users/${user.id}`)).status).toBe(404)
    expect(await server.db.selectFrom('projects').select('id').where('id', '=', project.id).execute()).toEqual([])
    await expect.poll(() => server.app.repositories.exists(project.id)).toBe(false)
    expect(await auditOf('User', user.id)).toEqual(['user_destroyed'])
    expect(await auditOf('Project', project.id)).toEqual(['project_destroyed'])
    // The name is free again.
    expect((await root.post('/users', newUser({ username: user.username }))).status).toBe(201)
  })

  it('refuses the only Owner of a group, and goes through when there is another', async () => {
    const group = await aGroup(server)
    const owner = await aMember(server, { group }, 'owner')
    expect(await root.delete(`/users/${owner.id}`)).toMatchObject({
      status: 409,
      body: { message: 'User cannot be removed while is the sole-owner of a group' },
    })
    await aMember(server, { group }, 'owner')
    expect((await root.delete(`/users/${owner.id}`)).status).toBe(204)
  })

  it('refuses the first administrator, and whoever is not an administrator', async () => {
    expect((await server.api(admin.token).delete('/users/1')).status).toBe(409)
    expect((await server.api(someone.token).delete(`/users/${someone.id}`)).status).toBe(403)
    expect((await root.delete('/users/999999')).status).toBe(404)
  })

  it('turns approval rules that named nobody else into rules for Maintainers', async () => {
    const project = await aProject(server)
    const approver = await aMember(server, { project }, 'developer')
    const other = await aMember(server, { project }, 'developer')
    const rules = await inTransaction(server.db, async (tx) => {
      const sole = await tx
        .insertInto('protected_environments')
        .values({ project_id: project.id, group_id: null, name: 'sole' })
        .returning('id')
        .executeTakeFirstOrThrow()
      const shared = await tx
        .insertInto('protected_environments')
        .values({ project_id: project.id, group_id: null, name: 'shared' })
        .returning('id')
        .executeTakeFirstOrThrow()
      const subject = { access_level: null, group_id: null }
      await tx
        .insertInto('deploy_access_levels')
        .values([
          { protected_environment_id: sole.id, user_id: approver.id, ...subject },
          { protected_environment_id: sole.id, user_id: other.id, ...subject },
        ])
        .execute()
      await tx
        .insertInto('approval_rules')
        .values([
          { protected_environment_id: sole.id, user_id: approver.id, ...subject },
          { protected_environment_id: shared.id, user_id: approver.id, ...subject },
          { protected_environment_id: shared.id, user_id: other.id, ...subject },
        ])
        .execute()
      return { sole: sole.id, shared: shared.id }
    })
    expect((await root.delete(`/users/${approver.id}`)).status).toBe(204)
    const left = await server.db
      .selectFrom('approval_rules')
      .select(['protected_environment_id', 'user_id', 'access_level'])
      .orderBy('protected_environment_id')
      .execute()
    expect(left).toEqual([
      { protected_environment_id: rules.sole, user_id: null, access_level: 40 },
      { protected_environment_id: rules.shared, user_id: other.id, access_level: null },
    ])
    const levels = await server.db.selectFrom('deploy_access_levels').select('user_id').execute()
    expect(levels).toEqual([{ user_id: other.id }])
    expect(await auditOf('Project', project.id)).toEqual([
      'protected_environment_deploy_access_level_deleted',
      'protected_environment_approval_rule_deleted',
      'protected_environment_approval_rule_updated',
    ])
  })

  it('refuses somebody whose vote is on record', async () => {
    const project = await aProject(server)
    const voter = await aMember(server, { project }, 'maintainer')
    await inTransaction(server.db, async (tx) => {
      const environment = await tx
        .insertInto('environments')
        .values({
          project_id: project.id,
          name: 'production',
          slug: 'production',
          tier: 'production',
          external_url: null,
          description: null,
          auto_stop_at: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      const deployment = await tx
        .insertInto('deployments')
        .values({
          iid: 1,
          project_id: project.id,
          environment_id: environment.id,
          pipeline_id: null,
          job_id: null,
          user_id: null,
          ref: 'main',
          tag: false,
          sha: 'a'.repeat(40),
          status: 'success',
          on_stop: null,
          started_at: null,
          finished_at: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      await tx
        .insertInto('deployment_approvals')
        .values({
          deployment_id: deployment.id,
          user_id: voter.id,
          approval_rule_id: null,
          protected_environment_id: null,
          status: 'approved',
          comment: null,
          subject_digest: Buffer.alloc(32),
        })
        .execute()
    })
    expect((await root.delete(`/users/${voter.id}`)).status).toBe(409)
    expect(await findUser(server.db, voter.id)).not.toBeNull()
  })
})
