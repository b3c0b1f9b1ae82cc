import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueAccessToken } from '../../src/app/issue-access-token.ts'
import * as contract from '../../src/contract/access-tokens.ts'
import { fetchTransport, makeClient } from '../../src/contract/client.ts'
import { tokenScopes } from '../../src/domain/token-rules.ts'
import type { Api } from '../helpers/api.ts'
import { aToken, aUser, type TestUser } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let root: Api
let someone: TestUser
beforeAll(async () => {
  server = await startTestServer()
  root = server.api(server.rootToken)
  someone = await aUser(server)
})
afterAll(() => server.stop())

type Token = { id: number; token: string; expires_at: string | null; revoked: boolean; active: boolean }

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

async function auditOf(userId: number): Promise<string[]> {
  const rows = await server.db
    .selectFrom('audit_events')
    .select('event_name')
    .where('entity_type', '=', 'User')
    .where('entity_id', '=', userId)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.event_name)
}

describe('POST /users/:user_id/personal_access_tokens', () => {
  it('creates a token that works, tells it once, and stores its digest alone', async () => {
    const user = await aUser(server)
    const request = {
      name: 'ci',
      scopes: ['read_api', 'read_repository'],
      expires_at: inDays(30),
      description: 'for CI',
    }
    const { status, body } = await root.post<Token>(`/users/${user.id}/personal_access_tokens`, request)
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.any(Number),
      name: 'ci',
      description: 'for CI',
      scopes: ['read_api', 'read_repository'],
      expires_at: inDays(30),
      user_id: user.id,
      active: true,
      revoked: false,
      last_used_at: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      token: expect.stringMatching(/^glpat-[\w-]{20,}$/),
    })
    expect((await server.api(body.token).get('/user')).body).toMatchObject({ id: user.id })
    const stored = await server.db.selectFrom('access_tokens').selectAll().where('id', '=', body.id).executeTakeFirst()
    expect(JSON.stringify(stored)).not.toContain(body.token)
    expect(await root.get(`/personal_access_tokens/${body.id}`)).not.toHaveProperty('body.token')
    expect(await auditOf(user.id)).toEqual(['personal_access_token_issued'])
  })

  it.each([
    ['a form with a list', new URLSearchParams('name=f&scopes[]=api&scopes[]=read_user')],
    ['a form with commas', new URLSearchParams('name=f&scopes=api,read_user')],
  ])('takes %s', async (_what, form) => {
    const { body } = await root.post(`/users/${someone.id}/personal_access_tokens`, form)
    expect(body).toMatchObject({ scopes: ['api', 'read_user'] })
  })

  it.each<[string, object, object]>([
    ['an unknown scope', { scopes: ['api', 'sudo'] }, { error: 'scopes does not have a valid value' }],
    ['no scopes', { scopes: undefined }, { error: 'scopes is missing' }],
    ['empty scopes', { scopes: [] }, { message: { scopes: ["can't be blank"] } }],
    ['no name', { name: undefined }, { error: 'name is missing' }],
    ['a blank name', { name: ' ' }, { message: { name: ["can't be blank"] } }],
    ['a past expiry', { expires_at: '2020-01-01' }, { message: { expires_at: ['must be a date in the future'] } }],
    ['today', { expires_at: inDays(0) }, { message: { expires_at: ['must be a date in the future'] } }],
    ['no date', { expires_at: 'tomorrow' }, { error: 'expires_at is invalid' }],
    ['a day that does not exist', { expires_at: '2030-02-31' }, { error: 'expires_at is invalid' }],
  ])('refuses %s', async (_what, overrides, body) => {
    const request = { name: 'x', scopes: ['api'], ...overrides }
    const before = await count()
    expect(await root.post(`/users/${someone.id}/personal_access_tokens`, request)).toMatchObject({ status: 400, body })
    expect(await count()).toBe(before)
  })

  it('is for administrators, and for users that are there', async () => {
    const request = { name: 'x', scopes: ['api'] }
    const own = `/users/${someone.id}/personal_access_tokens`
    expect((await server.api(someone.token).post(own, request)).status).toBe(403)
    expect((await server.api().post(own, request)).status).toBe(401)
    expect(await root.post('/users/999999/personal_access_tokens', request)).toMatchObject({
      status: 404,
      body: { message: '404 User Not Found' },
    })
  })

  async function count() {
    const rows = await server.db.selectFrom('access_tokens').select('id').execute()
    return rows.length
  }
})

describe('T19 a token made from a token never has more', () => {
  it('time: neither later nor, unsaid, for ever', async () => {
    const admin = await aUser(server, { admin: true })
    const parent = await aToken(server, admin, ['api'], { expiresAt: inDays(10) })
    const api = server.api(parent.token)
    const path = `/users/${someone.id}/personal_access_tokens`
    for (const expires_at of [inDays(11), null]) {
      expect(await api.post(path, { name: 'x', scopes: ['api'], expires_at })).toMatchObject({
        status: 400,
        body: { message: { expires_at: [`must not be after ${inDays(10)}, when the token that creates it expires`] } },
      })
    }
    expect((await api.post(path, { name: 'x', scopes: ['api'] })).body).toMatchObject({ expires_at: inDays(10) })
    expect((await api.post(path, { name: 'x', scopes: ['api'], expires_at: inDays(9) })).status).toBe(201)
  })

  it('scope: oneself only a token that can renew itself', async () => {
    const api = server.api(someone.token)
    expect(await api.post('/user/personal_access_tokens', { name: 'x', scopes: ['read_user'] })).toMatchObject({
      status: 400,
      body: { error: 'scopes does not have a valid value' },
    })
    const { status, body } = await api.post<Token>('/user/personal_access_tokens', {
      name: 'x',
      scopes: ['self_rotate'],
    })
    expect(status).toBe(201)
    expect((await server.api(body.token).get('/user')).status).toBe(403)
    expect((await server.api(body.token).post('/personal_access_tokens/self/rotate')).status).toBe(200)
  })

  it('and nothing once it is revoked, though the request had begun', async () => {
    const { id } = await aToken(server, someone)
    await root.delete(`/personal_access_tokens/${id}`)
    const credential = { kind: 'token', id, scopes: ['api'] } as const
    const actor = {
      userId: someone.id,
      username: someone.username,
      name: someone.name,
      isAdmin: false,
      credential,
      ip: null,
    }
    const request = { userId: someone.id, name: 'x', description: null, scopes: ['api'], expiresAt: null } as const
    expect(await issueAccessToken(server.app, actor, request)).toEqual({ ok: false, error: { code: 'unauthorized' } })
  })

  it('life: rotated, it lives as long as the one it replaces was made for', async () => {
    const { id } = await aToken(server, someone, ['api'], { expiresAt: inDays(3) })
    expect(await root.post(`/personal_access_tokens/${id}/rotate`, { expires_at: inDays(4) })).toMatchObject({
      status: 400,
      body: { message: { expires_at: ['must not give more time than the token had'] } },
    })
    expect((await root.post(`/personal_access_tokens/${id}/rotate`)).body).toMatchObject({ expires_at: inDays(3) })
  })
})

describe('GET /personal_access_tokens', () => {
  it('lists one’s own, and everybody’s for administrators', async () => {
    const user = await aUser(server)
    const second = await aToken(server, user, ['read_user'], { name: 'second' })
    const own = await server.api(user.token).get<Token[]>('/personal_access_tokens')
    expect(own.body).toHaveLength(2)
    expect(own.body[1]).toMatchObject({ id: second.id, name: 'second', user_id: user.id })
    expect(own.headers.get('x-total')).toBe('2')
    const all = await root.get<Token[]>('/personal_access_tokens?per_page=100')
    expect(all.body.length).toBeGreaterThan(3)
    const filtered = await root.get<Token[]>(`/personal_access_tokens?user_id=${user.id}`)
    expect(filtered.body.map((token) => token.id)).toEqual(own.body.map((token) => token.id))
    const other = await server.api(someone.token).get(`/personal_access_tokens?user_id=${user.id}`)
    expect(other).toMatchObject({ status: 401, body: { message: '401 Unauthorized' } })
    expect((await root.get(`/users/${user.id}/personal_access_tokens`)).body).toHaveLength(2)
    expect((await server.api(user.token).get(`/users/${user.id}/personal_access_tokens`)).status).toBe(403)
  })

  it('filters and sorts', async () => {
    const user = await aUser(server)
    const soon = await aToken(server, user, ['api'], { name: 'Soon', expiresAt: inDays(2) })
    const late = await aToken(server, user, ['api'], { name: 'late 100%', expiresAt: inDays(200) })
    await root.delete(`/personal_access_tokens/${soon.id}`)
    const ids = async (query: string) =>
      (await root.get<Token[]>(`/personal_access_tokens?user_id=${user.id}&${query}`)).body.map((token) => token.id)
    const first = (await ids(''))[0]
    expect(await ids('revoked=true')).toEqual([soon.id])
    expect(await ids('state=inactive')).toEqual([soon.id])
    expect(await ids('state=active&sort=name_asc')).toEqual([late.id, first])
    expect(await ids('search=00%25')).toEqual([late.id])
    expect(await ids(`expires_after=${inDays(100)}`)).toEqual([late.id])
    expect(await ids(`expires_before=${inDays(100)}`)).toEqual([soon.id])
    expect(await ids('created_after=2100-01-01T00:00:00Z')).toEqual([])
    expect(await ids('last_used_before=2100-01-01')).toEqual([])
    expect(await ids('sort=created_desc')).toEqual([late.id, soon.id, first])
  })
})

describe('one token', () => {
  it('tells of itself with any scope, its use and where from', async () => {
    for (const scope of tokenScopes) {
      const token = await aToken(server, someone, [scope])
      const { status, body } = await server.api(token.token).get('/personal_access_tokens/self')
      expect({ status, body }).toMatchObject({ status: 200, body: { id: token.id, scopes: [scope] } })
      expect(body).toHaveProperty('last_used_at', expect.any(String))
      expect((await root.get(`/personal_access_tokens/${token.id}`)).body).toMatchObject({
        last_used_ips: ['127.0.0.1'],
      })
    }
  })

  it('is nobody else’s business', async () => {
    const other = await aUser(server)
    const { id } = await aToken(server, other)
    const api = server.api(someone.token)
    for (const answer of [
      await api.get(`/personal_access_tokens/${id}`),
      await api.delete(`/personal_access_tokens/${id}`),
      await api.post(`/personal_access_tokens/${id}/rotate`),
      await api.get('/personal_access_tokens/999999'),
    ]) {
      expect(answer).toMatchObject({ status: 401, body: { message: '401 Unauthorized' } })
    }
    expect((await root.get(`/personal_access_tokens/${id}`)).body).toMatchObject({ revoked: false })
    expect((await root.get('/personal_access_tokens/999999')).status).toBe(404)
  })

  it.each(['self', 'id'])('revoked by %s does not work again', async (by) => {
    const user = await aUser(server)
    const { id, token } = await aToken(server, user)
    const api = server.api(token)
    expect((await api.delete(`/personal_access_tokens/${by === 'self' ? 'self' : id}`)).status).toBe(204)
    expect((await api.get('/user')).status).toBe(401)
    expect((await root.delete(`/personal_access_tokens/${id}`)).status).toBe(204)
    expect((await root.get(`/personal_access_tokens/${id}`)).body).toMatchObject({ revoked: true, active: false })
    expect(await auditOf(user.id)).toEqual(['personal_access_token_revoked'])
  })

  it('does not work when it has expired', async () => {
    const { token } = await aToken(server, someone, ['api'], { expiresAt: inDays(0) })
    expect((await server.api(token).get('/user')).status).toBe(401)
  })

  it('rotates: the new one has a week, the old one is over', async () => {
    const { id, token } = await aToken(server, someone, ['api', 'read_user'], { name: 'turn' })
    const { status, body } = await server.api(token).post<Token>('/personal_access_tokens/self/rotate')
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: 'turn', scopes: ['api', 'read_user'], expires_at: inDays(7), active: true })
    expect(body.id).not.toBe(id)
    expect((await server.api(token).get('/user')).status).toBe(401)
    expect((await server.api(body.token).get('/user')).status).toBe(200)
    const asked = await root.post(`/personal_access_tokens/${body.id}/rotate`, { expires_at: inDays(5) })
    expect(asked.body).toMatchObject({ expires_at: inDays(5) })
  })

  it('rotated once more when it is over takes everything that came from it along', async () => {
    const user = await aUser(server)
    const first = await aToken(server, user)
    const second = await root.post<Token>(`/personal_access_tokens/${first.id}/rotate`)
    const third = await root.post<Token>(`/personal_access_tokens/${second.body.id}/rotate`)
    expect((await server.api(third.body.token).get('/user')).status).toBe(200)
    expect(await root.post(`/personal_access_tokens/${first.id}/rotate`)).toMatchObject({
      status: 400,
      body: { message: '400 Bad request - token already revoked' },
    })
    expect((await server.api(third.body.token).get('/user')).status).toBe(401)
  })

  it('rotates once when two ask at once', async () => {
    const { token } = await aToken(server, someone)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.api(token).post('/personal_access_tokens/self/rotate')),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })
})

describe('the typed client', () => {
  it('knows the same scopes as the rules, and follows pages', async () => {
    const client = makeClient(fetchTransport({ baseUrl: server.url, token: server.rootToken }))
    const user = await aUser(server)
    const made = await client.call(contract.createUserAccessToken, {
      user_id: user.id,
      name: 'all',
      scopes: [...tokenScopes],
    })
    expect(made.scopes).toEqual(tokenScopes)
    await aToken(server, user)
    const all = await client.all(contract.listUserAccessTokens, { user_id: user.id, per_page: 1 })
    expect(all).toHaveLength(3)
    await client.call(contract.revokePersonalAccessToken, { id: made.id })
    const inactive = await client.all(contract.listUserAccessTokens, { user_id: user.id, state: 'inactive' })
    expect(inactive.map((token) => token.id)).toEqual([made.id])
  })

  it('throws what the server says, as a sentence', async () => {
    const client = makeClient(fetchTransport({ baseUrl: server.url, token: server.rootToken }))
    const refused = client.call(contract.createUserAccessToken, { user_id: 1, name: ' ', scopes: ['api'] })
    await expect(refused).rejects.toMatchObject({ name: 'ApiError', status: 400, message: "name can't be blank" })
    const unreachable = makeClient(fetchTransport({ baseUrl: 'http://127.0.0.1:9' }))
    await expect(unreachable.call(contract.getOwnAccessToken, {})).rejects.toMatchObject({ name: 'Unreachable' })
  })
})
