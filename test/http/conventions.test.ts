/** What every answer of the API has in common: validators, cross-origin rules, request ids, ways to show a token. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../../src/db/digest.ts'
import type { Project } from '../../src/db/projects.ts'
import { insertSession } from '../../src/db/sessions.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { csrfToken } from '../../src/http/csrf.ts'
import { aMember, aProject, aToken, type TestUser } from '../helpers/builders.ts'
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
