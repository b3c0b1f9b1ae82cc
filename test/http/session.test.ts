/** Signing in with a browser: cookie, CSRF, wrong passwords, signing out everywhere; and what open pages are told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestPassword } from '../../src/app/password.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aGroup, aMember, aUser, type TestUser } from '../helpers/builders.ts'
import { aDeploymentWorld, deploymentOf, inviteOperators, protect, push, vote } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const password = 'correct horse battery staple'

async function aPerson(): Promise<TestUser> {
  const user = await aUser(server)
  const password_digest = await digestPassword(password)
  await inTransaction(server.app.db, (tx) =>
    tx.updateTable('users').set({ password_digest }).where('id', '=', user.id).execute(),
  )
  return user
}

interface SignedIn {
  readonly cookie: string
  readonly csrf: string
}

async function signIn(
  login: string,
  secret = password,
): Promise<{ status: number; headers: Headers; body: { message?: string; csrf_token: string; user: { id: number } } }> {
  return server.api().post('/session', { login, password: secret })
}

async function signedIn(user: TestUser): Promise<SignedIn> {
  const { headers, body, status } = await signIn(user.username)
  expect(status).toBe(201)
  return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '', csrf: body.csrf_token }
}

describe('signing in', () => {
  it('sets a cookie that scripts cannot read, and answers who is signed in', async () => {
    const user = await aPerson()
    const { headers, body } = await signIn(user.email.toUpperCase())
    expect(headers.get('set-cookie')).toMatch(
      /^_gitlab_session=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/,
    )
    expect(body.user.id).toBe(user.id)
    const { cookie } = await signedIn(user)
    const session = await server.api().get<{ user: { username: string } }>('/session', { cookie })
    expect(session.body.user.username).toBe(user.username)
    expect((await server.api().get<{ username: string }>('/user', { cookie })).body.username).toBe(user.username)
    expect((await server.api().get<{ user: null }>('/session')).body.user).toBeNull()
  })

  it('says the same for a wrong password, an unknown login and a blocked person', async () => {
    const user = await aPerson()
    const blocked = await aPerson()
    await inTransaction(server.app.db, (tx) =>
      tx.updateTable('users').set({ state: 'blocked' }).where('id', '=', blocked.id).execute(),
    )
    for (const [login, secret] of [
      [user.username, 'wrong'],
      ['nobody-at-all', password],
      [blocked.username, password],
    ] as const) {
      expect(await signIn(login, secret)).toMatchObject({
        status: 400,
        body: { message: 'Invalid login or password.' },
      })
    }
  })

  it('makes guessing wait', async () => {
    const user = await aPerson()
    for (let attempt = 0; attempt < 10; attempt += 1) await signIn(user.username, 'wrong')
    const { status, headers } = await signIn(user.username)
    expect(status).toBe(429)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('writes with a session', () => {
  it('T16 need the CSRF token that belongs to the very cookie', async () => {
    const user = await aPerson()
    const one = await signedIn(user)
    const two = await signedIn(user)
    const end = (headers: Record<string, string>) => server.api().delete('/session', undefined, headers)
    expect((await end({ cookie: one.cookie })).status).toBe(401)
    expect((await end({ cookie: one.cookie, 'x-csrf-token': 'guessed' })).status).toBe(401)
    expect((await end({ cookie: one.cookie, 'x-csrf-token': two.csrf })).status).toBe(401)
    expect((await end({ cookie: one.cookie, 'x-csrf-token': one.csrf })).status).toBe(204)
    expect((await server.api().get<{ user: null }>('/session', { cookie: one.cookie })).body.user).toBeNull()
    expect((await server.api().get<{ user: object }>('/session', { cookie: two.cookie })).body.user).not.toBeNull()
  })

  it('signing out everywhere ends every session of the person', async () => {
    const user = await aPerson()
    const one = await signedIn(user)
    const two = await signedIn(user)
    expect(
      (await server.api().delete('/sessions', undefined, { cookie: one.cookie, 'x-csrf-token': one.csrf })).status,
    ).toBe(204)
    expect((await server.api().get<{ user: null }>('/session', { cookie: two.cookie })).body.user).toBeNull()
  })
})

describe('PUT /session/password', () => {
  const change = (headers: Record<string, string>, current: string, next: string) =>
    server.api().put('/session/password', { current_password: current, password: next }, headers)
  const next = 'a horse of another colour'

  it('changes it, keeps this browser and signs out the others, with one line on record', async () => {
    const user = await aPerson()
    const [one, two] = [await signedIn(user), await signedIn(user)]
    const headers = { cookie: one.cookie, 'x-csrf-token': one.csrf }
    expect((await change(headers, password, next)).status).toBe(204)
    expect((await server.api().get<{ user: object }>('/session', { cookie: one.cookie })).body.user).not.toBeNull()
    expect((await server.api().get<{ user: null }>('/session', { cookie: two.cookie })).body.user).toBeNull()
    expect((await signIn(user.username)).status).toBe(400)
    expect((await signIn(user.username, next)).status).toBe(201)
    const rows = await server.db
      .selectFrom('audit_events')
      .select(['event_name', 'author_id'])
      .where('target_type', '=', 'User')
      .where('target_id', '=', user.id)
      .where('event_name', '<>', 'user_signed_in')
      .execute()
    expect(rows).toEqual([{ event_name: 'user_password_updated', author_id: user.id }])
  })

  it('refuses a wrong current password, a bad new one, a token, and a missing CSRF token', async () => {
    const user = await aPerson()
    const { cookie, csrf } = await signedIn(user)
    const headers = { cookie, 'x-csrf-token': csrf }
    expect(await change(headers, 'wrong', next)).toMatchObject({
      status: 400,
      body: { message: 'The current password is not this one.' },
    })
    expect(await change(headers, password, 'short')).toMatchObject({
      status: 400,
      body: { message: { password: ['is too short (minimum is 8 characters)'] } },
    })
    expect((await change({ 'private-token': user.token }, password, next)).status).toBe(403)
    expect((await change({ cookie }, password, next)).status).toBe(401)
    expect((await change({}, password, next)).status).toBe(401)
    for (let attempt = 0; attempt < 9; attempt += 1) await change(headers, 'wrong', next)
    expect((await change(headers, password, next)).status).toBe(429)
    expect((await signIn(user.username)).status).toBe(201)
  })
})

describe('events', () => {
  it('tell whoever sees the project what changed, within moments, and nobody else', async () => {
    const world = await aDeploymentWorld(server)
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      required_approval_count: 1,
    })
    const { pipelineId } = await push(world)
    const { id, jobId } = await deploymentOf(world, pipelineId)
    const outsider = await aUser(server)
    const seen = await listen(world.developer.token)
    const unseen = await listen(outsider.token)
    await vote(world, id, world.maintainer, { status: 'approved' })
    const change = await seen.until((text) => text.includes(`"Job:${jobId}"`))
    expect(change).toContain(`"Deployment:${id}"`)
    const member = await aUser(server)
    const members = `/projects/${world.project.id}/members`
    await server.api(world.maintainer.token).post(members, { user_id: member.id, access_level: 20 })
    await seen.until((text) => text.includes(`"User:${member.id}"`))
    expect(unseen.text()).not.toContain('event: change')
    seen.close()
    unseen.close()
    expect((await fetch(`${server.url}/-/events`)).status).toBe(401)
  })
})

it('changes of a group reach its members, those of accounts administrators, and one’s own begin anew', async () => {
  const group = await aGroup(server)
  const owner = await aMember(server, { group }, 'owner')
  const outsider = await aUser(server)
  const streams = [await listen(owner.token), await listen(outsider.token), await listen(server.rootToken)] as const
  const [seen, unseen, root] = streams
  const api = server.api(server.rootToken)
  await api.put(`/groups/${group.id}`, { description: 'new' })
  await seen.until((text) => text.includes(`"group_id":${group.id}`))
  const other = await aUser(server)
  await api.post(`/users/${other.id}/block`)
  await root.until((text) => text.includes(`{"project_id":null,"group_id":null,"things":["User:${other.id}"]}`))
  expect(seen.text()).not.toContain(`User:${other.id}`)
  await api.put(`/groups/${group.id}/members/${owner.id}`, { access_level: 10 })
  await api.post(`/users/${owner.id}/block`)
  await seen.ended
  expect(seen.text()).toContain('event: refresh')
  expect(unseen.text()).not.toContain('event: change')
  for (const stream of streams) stream.close()
})

async function listen(token: string) {
  const stop = new AbortController()
  const response = await fetch(`${server.url}/-/events`, { headers: { 'private-token': token }, signal: stop.signal })
  let text = ''
  const waiting = new Set<() => void>()
  const reading = (async () => {
    for await (const part of response.body ?? []) {
      text += Buffer.from(part).toString()
      for (const look of waiting) look()
    }
  })().catch(() => undefined)
  return {
    text: () => text,
    /** Resolves when the server has closed the stream. */
    ended: reading,
    until: (holds: (text: string) => boolean) =>
      new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not heard within 10 s: ${text}`)), 10_000)
        const look = () => {
          if (!holds(text)) return
          clearTimeout(timer)
          resolve(text)
        }
        waiting.add(look)
        look()
      }),
    close: () => {
      stop.abort()
      void reading
    },
  }
}
