import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Api } from '../helpers/api.ts'
import { aGroup, aMember, aProject, aToken, aUser, type Role } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
})
afterAll(() => server.stop())

type Token = { id: number; token: string; user_id: number; access_level: number | null; expires_at: string | null }

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

async function aPlace(kind: 'projects' | 'groups') {
  const group = await aGroup(server)
  const project = await aProject(server, { group })
  const id = kind === 'projects' ? project.id : group.id
  const source = kind === 'projects' ? { project } : { group }
  return { id, path: `/${kind}/${id}/access_tokens`, source, project, group, see: `/${kind}/${id}` }
}

async function auditOf(kind: 'projects' | 'groups', id: number): Promise<string[]> {
  const rows = await server.db
    .selectFrom('audit_events')
    .select('event_name')
    .where('entity_type', '=', kind === 'groups' ? 'Group' : 'Project')
    .where('entity_id', '=', id)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.event_name)
}

describe.each(['projects', 'groups'] as const)('access tokens of %s', (kind) => {
  const word = kind.slice(0, -1)

  it('speak for a bot that is a member, until they are revoked', async () => {
    const { id, path, see } = await aPlace(kind)
    const request = { name: 'deployer', scopes: ['api'], access_level: 30, expires_at: inDays(20), description: 'CI' }
    const { status, body } = await root.post<Token>(path, request)
    expect(status).toBe(201)
    expect(body).toMatchObject({ ...request, active: true, revoked: false, token: expect.stringMatching(/^glpat-/) })
    const bot = server.api(body.token)
    expect((await bot.get('/user')).body).toMatchObject({
      id: body.user_id,
      name: 'deployer',
      username: expect.stringMatching(new RegExp(`^${word}_${id}_bot_[0-9a-f]{32}$`)),
      bot: true,
      namespace_id: null,
    })
    expect((await bot.get(see)).status).toBe(200)
    expect((await root.get(`/${kind}/${id}/members`)).body).toMatchObject([
      { id: body.user_id, access_level: 30, expires_at: inDays(20) },
    ])
    expect((await root.get(`${path}/${body.id}`)).body).not.toHaveProperty('token')
    expect((await root.delete(`${path}/${body.id}`)).status).toBe(204)
    expect((await bot.get('/user')).status).toBe(401)
    expect((await root.get(`/${kind}/${id}/members`)).body).toEqual([])
    expect((await root.get(`${path}/${body.id}`)).body).toMatchObject({
      revoked: true,
      active: false,
      access_level: null,
    })
    expect(await auditOf(kind, id)).toEqual([`${word}_access_token_created`, `${word}_access_token_deleted`])
  })

  it('are listed, by state, a page at a time', async () => {
    const { path } = await aPlace(kind)
    const make = async (name: string) => (await root.post<Token>(path, { name, scopes: ['read_api'] })).body.id
    const ids = [await make('a'), await make('b'), await make('c')]
    await root.delete(`${path}/${ids[1]}`)
    const list = async (query: string) => (await root.get<Token[]>(`${path}?${query}`)).body.map((token) => token.id)
    expect(await list('')).toEqual(ids)
    expect(await list('state=active')).toEqual([ids[0], ids[2]])
    expect(await list('state=inactive')).toEqual([ids[1]])
    const page = await root.get<Token[]>(`${path}?per_page=2`)
    expect(page.body).toHaveLength(2)
    expect(page.headers.get('x-total')).toBe('3')
  })

  it('T19 make no tokens, whatever their role', async () => {
    const { path } = await aPlace(kind)
    const bot = server.api(
      (await root.post<Token>(path, { name: 'bot', scopes: ['api'], access_level: 50 })).body.token,
    )
    expect(await bot.post(path, { name: 'more', scopes: ['read_api'] })).toMatchObject({
      status: 400,
      body: { message: `400 Bad request - User does not have permission to create ${word} access token` },
    })
    expect((await bot.post('/user/personal_access_tokens', { name: 'own', scopes: ['self_rotate'] })).status).toBe(422)
  })

  it('rotate with their bot, also by themselves', async () => {
    const { id, path } = await aPlace(kind)
    const first = await root.post<Token>(path, { name: 'turn', scopes: ['self_rotate'], access_level: 20 })
    const second = await root.post<Token>(`${path}/${first.body.id}/rotate`, { expires_at: inDays(9) })
    expect(second).toMatchObject({
      status: 200,
      body: { name: 'turn', access_level: 20, user_id: first.body.user_id, expires_at: inDays(9) },
    })
    expect((await root.get(`/${kind}/${id}/members`)).body).toMatchObject([{ expires_at: inDays(9) }])
    expect((await server.api(first.body.token).post(`${path}/self/rotate`)).status).toBe(401)
    const third = await server.api(second.body.token).post<Token>(`${path}/self/rotate`)
    expect(third).toMatchObject({ status: 200, body: { expires_at: inDays(7) } })
    const other = await aPlace(kind)
    expect((await server.api(third.body.token).post(`${other.path}/self/rotate`)).status).toBe(404)
    expect((await root.post(`${path}/self/rotate`)).status).toBe(405)
    expect(await auditOf(kind, id)).toEqual([
      `${word}_access_token_created`,
      `${word}_access_token_rotated`,
      `${word}_access_token_rotated`,
    ])
  })

  it.each<[string, object, object]>([
    ['no name', { name: undefined }, { error: 'name is missing' }],
    ['no scopes', { scopes: [] }, { message: { scopes: ["can't be blank"] } }],
    ['a scope for people', { scopes: ['read_user'] }, { error: 'scopes does not have a valid value' }],
    ['an unknown scope', { scopes: ['sudo'] }, { error: 'scopes does not have a valid value' }],
    ['a role there is not', { access_level: 60 }, { error: 'access_level does not have a valid value' }],
    ['a past expiry', { expires_at: inDays(0) }, { message: { expires_at: ['must be a date in the future'] } }],
  ])('are not created with %s', async (_what, overrides, body) => {
    const { id, path } = await aPlace(kind)
    const answer = await root.post(path, { name: 'x', scopes: ['api'], ...overrides })
    expect(answer).toMatchObject({ status: 400, body })
    expect((await root.get(`/${kind}/${id}/members`)).body).toEqual([])
  })

  it('are found only where they belong', async () => {
    const [here, there] = [await aPlace(kind), await aPlace(kind)]
    const { body } = await root.post<Token>(here.path, { name: 'x', scopes: ['api'] })
    const personal = await aToken(server, await aUser(server))
    for (const id of [body.id, personal.id, 999999]) {
      const path = `${there.path}/${id}`
      const message = `404 Could not find ${word} access token with token_id: ${id} Not Found`
      expect(await root.get(path)).toMatchObject({ status: 404, body: { message } })
      expect((await root.delete(path)).status).toBe(404)
      expect((await root.post(`${path}/rotate`)).status).toBe(404)
    }
    expect((await server.api(body.token).get(there.see)).status).toBe(404)
  })

  const manager: Role[] = kind === 'projects' ? ['maintainer', 'owner'] : ['owner']
  it.each(['guest', 'reporter', 'developer', 'maintainer', 'owner'] as const)('as %s', async (role) => {
    const { path, source } = await aPlace(kind)
    const { body } = await root.post<Token>(path, { name: 'x', scopes: ['api'], access_level: 10 })
    const api = server.api((await aMember(server, source, role)).token)
    const may = manager.includes(role)
    expect((await api.get(path)).status).toBe(may ? 200 : 403)
    expect((await api.get(`${path}/${body.id}`)).status).toBe(may ? 200 : 403)
    expect((await api.post(path, {})).status).toBe(may ? 400 : 403)
    expect((await api.post(`${path}/${body.id}/rotate`)).status).toBe(may ? 200 : 403)
    expect((await api.delete(`${path}/${body.id}`)).status).toBe(may ? 204 : 403)
  })

  it('are invisible to strangers', async () => {
    const { path } = await aPlace(kind)
    const api = server.api((await aUser(server)).token)
    expect((await api.get(path)).status).toBe(404)
    expect((await api.post(path, {})).status).toBe(404)
    expect((await server.api().get(path)).status).toBe(401)
  })
})

describe('T19 a token of a project never has more than its maker', () => {
  it('role', async () => {
    const { path, source } = await aPlace('projects')
    const api = server.api((await aMember(server, source, 'maintainer')).token)
    expect(await api.post(path, { name: 'x', scopes: ['api'], access_level: 50 })).toMatchObject({
      status: 400,
      body: { message: '400 Bad request - Could not provision owner access to project access token' },
    })
  })

  it('role, also not by rotating one that has more', async () => {
    const { path, source } = await aPlace('projects')
    const make = async (name: string, level: number) =>
      (await root.post<Token>(path, { name, scopes: ['api'], access_level: level })).body
    const high = await make('high', 50)
    const low = await make('low', 40)
    const refused = {
      status: 400,
      body: { message: '400 Bad request - Not eligible to rotate token with access level higher than the user' },
    }
    const maintainer = server.api((await aMember(server, source, 'maintainer')).token)
    expect(await maintainer.post(`${path}/${high.id}/rotate`)).toMatchObject(refused)
    // A bot renews itself, and has no business with the tokens of others.
    expect(await server.api(high.token).post(`${path}/${low.id}/rotate`)).toMatchObject(refused)
    expect((await maintainer.post(`${path}/${low.id}/rotate`)).status).toBe(200)
    expect((await server.api(high.token).post(`${path}/${high.id}/rotate`)).status).toBe(200)
  })

  it('place', async () => {
    const { path } = await aPlace('projects')
    const { body } = await root.post<Token>(path, { name: 'x', scopes: ['api'], access_level: 40 })
    const bot = server.api(body.token)
    // A bot belongs to one place: neither groups nor projects of its own, and no place elsewhere.
    expect((await bot.post('/groups', { name: 'x', path: 'bots-own' })).status).toBe(403)
    expect((await bot.post('/projects', { name: 'x' })).status).toBe(400)
    const other = await aPlace('projects')
    const added = await root.post(`/projects/${other.id}/members`, { user_id: body.user_id, access_level: 30 })
    expect(added).toMatchObject({
      status: 400,
      body: { message: { user: ['project bots cannot be added to other groups / projects'] } },
    })
  })

  it('T22 life: it goes with its project', async () => {
    const { path, id } = await aPlace('projects')
    const { body } = await root.post<Token>(path, { name: 'x', scopes: ['api'] })
    expect((await root.delete(`/projects/${id}`)).status).toBe(202)
    expect((await server.api(body.token).get('/user')).status).toBe(401)
  })
})
