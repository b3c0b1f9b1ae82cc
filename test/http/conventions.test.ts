/** What every answer of the API has in common: validators, cross-origin rules, request ids, ways to show a token. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../../src/db/digest.ts'
import type { Project } from '../../src/db/projects.ts'
import { insertSession } from '../../src/db/sessions.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { csrfToken } from '../../src/http/csrf.ts'
import { aMember, aProject, aToken, aUser, type TestUser } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let project: Project
let user: TestUser
beforeAll(async () => {
  server = await startTestServer()
  project = await aProject(server)
  user = await aMember(server, { project }, 'maintainer')
})
afterAll(() => server.stop())

const path = () => `/projects/${project.id}`
const ask = (way: string, headers: Record<string, string> = {}, method = 'GET', body?: string) =>
  fetch(`${server.url}/api/v4${way}`, { method, headers, ...(body === undefined ? {} : { body }) })
const token = () => ({ 'private-token': user.token })

describe('ETag', () => {
  it('spares whoever has the answer already', async () => {
    const first = await ask(path(), token())
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"[0-9a-f]{32}"$/)
    expect(first.headers.get('cache-control')).toBe('max-age=0, private, must-revalidate')
    for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const again = await ask(path(), { ...token(), 'if-none-match': known })
      expect([known, again.status, await again.text()]).toEqual([known, 304, ''])
      expect(again.headers.get('etag')).toBe(etag)
      expect(again.headers.get('content-type')).toBeNull()
    }
    expect((await ask(path(), { ...token(), 'if-none-match': 'W/"other"' })).status).toBe(200)
  })

  it('changes with the answer, and is asked after the rights', async () => {
    const etag = (await ask(path(), token())).headers.get('etag') ?? ''
    await server.api(user.token).put(path(), { description: 'another' })
    expect((await ask(path(), { ...token(), 'if-none-match': etag })).status).toBe(200)
    const now = (await ask(path(), token())).headers.get('etag') ?? ''
    expect((await ask(path(), { 'if-none-match': now })).status).toBe(404)
    const head = await ask(path(), token(), 'HEAD')
    expect([head.status, head.headers.get('etag')]).toEqual([200, now])
    const made = await server.api(user.token).post(`${path()}/variables`, { key: 'ETAG', value: 'x' })
    expect([made.status, made.headers.get('etag')]).toEqual([201, null])
  })

  it('is also that of a page of a list, with its headers', async () => {
    const list = await ask('/projects?per_page=1', token())
    const again = await ask('/projects?per_page=1', { ...token(), 'if-none-match': list.headers.get('etag') ?? '' })
    expect([again.status, again.headers.get('x-total')]).toEqual([304, list.headers.get('x-total')])
    const keyset = await ask('/projects?pagination=keyset&order_by=id', token())
    expect(keyset.headers.get('etag')).toMatch(/^W\//)
  })
})

describe('T16 other origins', () => {
  const origin = 'https://elsewhere.example'

  it('call with a token, and read GitLab’s headers', async () => {
    const answer = await ask('/projects', { ...token(), origin })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('access-control-expose-headers')).toContain('Link, X-Total, X-Total-Pages')
    expect(answer.headers.get('vary')).toBe('Origin')
    expect((await ask('/projects', token())).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('are told before they ask, without credentials', async () => {
    const question = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'private-token' }
    const answer = await ask(path(), { origin, ...question }, 'OPTIONS')
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      'access-control-allow-headers': 'private-token',
      'access-control-max-age': '7200',
    })
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    const own = await ask(path(), { origin: server.url, ...question }, 'OPTIONS')
    expect(own.headers.get('access-control-allow-origin')).toBe(server.url)
    expect(own.headers.get('access-control-allow-credentials')).toBe('true')
  })

  it('cannot write in the name of whoever is signed in', async () => {
    const session = 'a-session-of-the-convention-tests'
    await inTransaction(server.db, (tx) =>
      insertSession(tx, { userId: user.id, digest: digestOf(session), ip: null, userAgent: null }),
    )
    const cookie = `_gitlab_session=${session}`
    const variables = `${path()}/variables`
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const write = (headers: Record<string, string>) =>
      ask(variables, { cookie, ...form, ...headers }, 'POST', 'key=FORGED&value=x')
    expect((await write({ origin })).status).toBe(401)
    expect((await write({ origin, 'x-csrf-token': csrfToken('another session') })).status).toBe(401)
    expect((await server.api(user.token).get(`${variables}/FORGED`)).status).toBe(404)
    // What comes back to another origin cannot be read there: credentials are not allowed.
    const read = await ask(path(), { cookie, origin })
    expect(read.headers.get('access-control-allow-credentials')).toBeNull()
    expect((await write({ origin: server.url, 'x-csrf-token': csrfToken(session) })).status).toBe(201)
  })

  it('get nothing from what is not the API', async () => {
    for (const way of ['/-/health', '/', '/.well-known/openid-configuration']) {
      const answer = await fetch(server.url + way, { headers: { origin } })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })
})

describe('credentials', () => {
  it.each<[string, (token: string) => [string, Record<string, string>]]>([
    ['PRIVATE-TOKEN', (secret) => ['/user', { 'private-token': secret }]],
    ['Bearer', (secret) => ['/user', { authorization: `Bearer ${secret}` }]],
    ['private_token', (secret) => [`/user?private_token=${secret}`, {}]],
    ['access_token', (secret) => [`/user?access_token=${secret}`, {}]],
  ])('%s', async (_, shown) => {
    expect(await (await ask(...shown(user.token))).json()).toMatchObject({ id: user.id })
    expect((await ask(...shown('glpat-unknown'))).status).toBe(401)
    const narrow = await aToken(server, user, ['read_repository'])
    expect(await (await ask(...shown(narrow.token))).json()).toMatchObject({ error: 'insufficient_scope' })
  })

  it('in a body count too, for writes', async () => {
    const body = JSON.stringify({ private_token: user.token, key: 'BODY', value: 'x' })
    const answer = await ask(`${path()}/variables`, { 'content-type': 'application/json' }, 'POST', body)
    expect(answer.status).toBe(201)
  })
})

describe('7.1 what a credential is refused with', () => {
  const unauthorized = { message: '401 Unauthorized' }

  it('unknown, expired or revoked: the same words', async () => {
    const expired = await aToken(server, user, ['api'], { expiresAt: '2020-01-01' })
    const revoked = await aToken(server, user)
    expect((await server.api(revoked.token).delete('/personal_access_tokens/self')).status).toBe(204)
    for (const token of [undefined, 'glpat-unknown', expired.token, revoked.token]) {
      expect(await server.api(token).get(`${path()}/environments`)).toMatchObject({ status: 401, body: unauthorized })
    }
  })

  it('a scope that is too small names the one that would do', async () => {
    const reader = server.api((await aToken(server, user, ['read_api'])).token)
    expect((await reader.get(path())).status).toBe(200)
    for (const call of [reader.put(path(), {}), reader.post(`${path()}/variables`), reader.delete(path())]) {
      const { status, body } = await call
      expect([status, body]).toEqual([
        403,
        {
          error: 'insufficient_scope',
          error_description: 'The request requires higher privileges than provided by the access token.',
          scope: 'api',
        },
      ])
    }
  })

  it('sudo is refused, since no token has that scope (unlike GitLab), and never ignored', async () => {
    const admin = await aUser(server, { admin: true })
    const insufficient = { error: 'insufficient_scope', scope: 'sudo' }
    const notAdmin = { message: '403 Forbidden - Must be admin to use sudo' }
    for (const [token, status, body] of [
      [admin.token, 403, insufficient],
      [user.token, 403, notAdmin],
      [undefined, 401, unauthorized],
    ] as const) {
      const api = server.api(token)
      expect(await api.get(`/user?sudo=${user.id}`)).toMatchObject({ status, body })
      expect(await api.get('/user', { sudo: user.username })).toMatchObject({ status, body })
      expect(await api.post(`${path()}/variables`, { key: 'SUDO', value: 'x', sudo: user.id })).toMatchObject({
        status,
        body,
      })
    }
    expect((await server.api(user.token).get(`${path()}/variables/SUDO`)).status).toBe(404)
    expect((await server.api(admin.token).get('/user?sudo=')).status).toBe(200)
  })
})

describe('7.2 parameters', () => {
  /** fetch sends no body with GET. */
  const withBody = async (method: string, way: string, body: object) => {
    const text = JSON.stringify(body)
    const headers = { ...token(), 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    httpRequest(`${server.url}/api/v4${way}`, { method, headers }, resolve).on('error', reject).end(text)
    const answer = await promise
    const chunks: Buffer[] = await answer.toArray()
    const told = Buffer.concat(chunks).toString()
    return { status: answer.statusCode, body: told === '' ? null : (JSON.parse(told) as object) }
  }

  it('come from query and body, for every verb that has one', async () => {
    const variables = `${path()}/variables`
    const post = (query: string, body: object) => withBody('POST', `${variables}${query}`, body)
    expect((await post('?key=VERBS&value=query', {})).status).toBe(201)
    expect((await withBody('PUT', `${variables}/VERBS?description=said`, { value: 'body' })).body).toMatchObject({
      value: 'body',
      description: 'said',
    })
    // A body of GET means nothing, in HTTP as in Grape.
    expect((await withBody('GET', variables, { per_page: 'none' })).status).toBe(200)
    expect((await withBody('GET', `${variables}?per_page=none`, {})).body).toEqual({ error: 'per_page is invalid' })
    const filter = { filter: { environment_scope: 'elsewhere' } }
    expect((await withBody('DELETE', `${variables}/VERBS`, filter)).status).toBe(404)
    expect((await withBody('DELETE', `${variables}/VERBS?filter[environment_scope]=elsewhere`, {})).status).toBe(404)
    expect((await withBody('DELETE', `${variables}/VERBS`, {})).status).toBe(204)
  })

  it('name a project by its path, and dots may be escaped', async () => {
    const whole = encodeURIComponent(project.full_path)
    expect((await server.api(user.token).get(`/projects/${whole}`)).body).toMatchObject({ id: project.id })
    const body = { name: 'review/v1.0', deploy_access_levels: [{ access_level: 40 }] }
    const at = `/projects/${whole}/protected_environments`
    expect((await server.api(user.token).post(at, body)).status).toBe(201)
    for (const name of ['review%2Fv1.0', 'review%2Fv1%2E0', 'review%2fv1%2e0']) {
      expect(await server.api(user.token).get(`${at}/${name}`)).toMatchObject({
        status: 200,
        body: { name: body.name },
      })
    }
  })
})

describe('7.3, 7.4 answers', () => {
  it.each<[string, string, number, unknown]>([
    ['an object', '/user', 200, expect.objectContaining({ id: expect.any(Number) })],
    ['a list', '/projects', 200, expect.any(Array)],
    ['a wrong parameter', '/projects?page=x', 400, { error: 'page is invalid' }],
    ['a project that is not there', '/projects/2000000000', 404, { message: '404 Project Not Found' }],
    ['no such route', '/nowhere', 404, { error: '404 Not Found' }],
  ])('%s is JSON, and says so in the words that gitbeaker compares', async (_, way, status, body) => {
    const answer = await ask(way, token())
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/json'])
    expect(await answer.json()).toEqual(body)
  })

  it('a route that has other methods: 405, and which', async () => {
    const entry = `${path()}/protected_environments/review%2Fv1.0/`
    for (const [method, way, allow] of [
      ['PATCH', path(), 'GET, PUT, DELETE'],
      ['DELETE', '/projects?page=1', 'GET, POST'],
      ['POST', entry, 'GET, PUT, DELETE'],
      ['GET', `${path()}/deployments/1/approval`, 'POST'],
    ] as const) {
      const answer = await ask(way, token(), method)
      expect([answer.status, answer.headers.get('allow'), await answer.json()]).toEqual([
        405,
        allow,
        { message: '405 Method Not Allowed' },
      ])
    }
  })

  it('a crash: 500, and nothing of what broke', async () => {
    const rename = (from: string, to: string) =>
      inTransaction(server.db, (tx) => sql`alter table ${sql.table(from)} rename to ${sql.table(to)}`.execute(tx))
    await rename('freeze_periods', 'freeze_periods_away')
    try {
      const answer = await ask(`${path()}/freeze_periods`, token())
      expect([answer.status, await answer.json()]).toEqual([
        500,
        { message: '500 Internal Server Error', request_id: answer.headers.get('x-request-id') },
      ])
    } finally {
      await rename('freeze_periods_away', 'freeze_periods')
    }
    expect((await ask(`${path()}/freeze_periods`, token())).status).toBe(200)
  })
})

describe('pages of lists', () => {
  it('have complete headers and links that keep the query', async () => {
    for (const key of ['PAGE_A', 'PAGE_B', 'PAGE_C']) {
      await server.api(user.token).post(`${path()}/variables`, { key, value: 'x' })
    }
    const { headers } = await ask(`${path()}/variables?per_page=1&page=2&x=a%20b`, token())
    const total = Number(headers.get('x-total'))
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-page': '2',
      'x-per-page': '1',
      'x-next-page': '3',
      'x-prev-page': '1',
      'x-total-pages': String(total),
    })
    const link = (page: number, rel: string) =>
      `<${server.url}/api/v4${path()}/variables?per_page=1&page=${page}&x=a+b>; rel="${rel}"`
    expect(headers.get('link')).toBe(
      [link(1, 'prev'), link(3, 'next'), link(1, 'first'), link(total, 'last')].join(', '),
    )
  })

  it('7.5: above 10,000 rows the totals are left out, and so is the last page', async () => {
    const { id } = await aProject(server)
    await aMember(server, { project: { id } }, 'maintainer', { user })
    const add = (from: number, to: number) =>
      inTransaction(server.db, (tx) =>
        sql`insert into environments (project_id, name, slug, tier)
            select ${id}, 'e' || n, 'e' || n, 'other' from generate_series(${from}::int, ${to}::int) n`.execute(tx),
      )
    const totals = async () => {
      const { headers } = await ask(`/projects/${id}/environments?per_page=100`, token())
      expect(headers.get('x-next-page')).toBe('2')
      const rels = [...(headers.get('link') ?? '').matchAll(/rel="(\w+)"/g)].map((match) => match[1])
      return [headers.get('x-total'), headers.get('x-total-pages'), rels.join(' ')]
    }
    await add(1, 10_000)
    expect(await totals()).toEqual(['10000', '100', 'next first last'])
    await add(10_001, 10_001)
    expect(await totals()).toEqual([null, null, 'next first'])
  })

  it('7.5: links begin with the address that was configured, whatever a client calls the server', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const headers = { ...token(), host: 'elsewhere.example' }
    httpRequest(`${server.url}/api/v4${path()}/variables?per_page=1`, { headers }, resolve).on('error', reject).end()
    const answer = await promise
    answer.resume()
    const link = String(answer.headers['link'])
    expect([...link.matchAll(/<(https?:\/\/[^/]+)/g)].map((match) => match[1])).toEqual(Array(3).fill(server.url))
  })

  it('7.5: the ends have nothing beyond them', async () => {
    const { headers } = await ask(`${path()}/variables?per_page=100`, token())
    expect([headers.get('x-page'), headers.get('x-prev-page'), headers.get('x-next-page')]).toEqual(['1', '', ''])
    expect(headers.get('link')).not.toMatch(/rel="(next|prev)"/)
    const plain = (await ask(`${path()}/variables`, token())).headers
    expect([plain.get('x-page'), plain.get('x-per-page')]).toEqual(['1', '20'])
  })

  it.each([
    ['per_page=1000', 200],
    ['per_page=0', 400],
    ['page=0', 400],
    ['per_page=x', 400],
    ['page=-1', 400],
  ])('%s: %d', async (query, status) => {
    const answer = await ask(`/projects?${query}`, token())
    expect(answer.status).toBe(status)
    if (status === 200) expect(answer.headers.get('x-per-page')).toBe('100')
  })
})

it('every answer has an id of its own, which a client cannot choose', async () => {
  const ids = await Promise.all(
    ['/projects', '/nowhere', '/user'].map(async (way) => (await ask(way, { 'x-request-id': 'mine' })).headers),
  )
  const found = ids.map((headers) => headers.get('x-request-id') ?? '')
  expect(new Set(found).size).toBe(3)
  for (const id of found) expect(id).toMatch(/^[0-9a-f-]{36}$/)
})
