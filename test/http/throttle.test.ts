/** Rate limits: off at first, set over the application settings, answered in GitLab's words. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { aMember, aProject, aUser, type TestUser } from '../helpers/builders.ts'
import { basic } from '../helpers/git-client.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
let now: Date
let user: TestUser
beforeAll(async () => {
  server = await startTestServer({ now: () => now, timing: { holdMs: 0 } })
})
afterAll(() => server.stop())

const settings = '/application/settings'
let hour = 0
/** Another hour for each test: counts begin anew. */
async function limit(changes: object): Promise<void> {
  hour += 1
  now = new Date(Date.UTC(2026, 2, 2, hour, 0, 10))
  user = await aUser(server)
  expect((await server.api(server.rootToken).put(settings, changes)).status).toBe(200)
}
afterEach(async () => {
  // The administrator is limited too, so the setting goes where the next hour begins.
  now = new Date(now.getTime() + 7_200_000)
  hour += 2
  const off = ['unauthenticated_api', 'authenticated_api', 'unauthenticated_web', 'authenticated_web'].map((name) => [
    `throttle_${name}_enabled`,
    false,
  ])
  await server.api(server.rootToken).put(settings, { ...Object.fromEntries(off), rate_limiting_response_text: null })
  await expect.poll(async () => (await server.api().get('/projects')).headers.has('ratelimit-limit')).toBe(false)
})

const authenticated = (requests: number) => ({
  throttle_authenticated_api_enabled: true,
  throttle_authenticated_api_requests_per_period: requests,
  throttle_authenticated_api_period_in_seconds: 3600,
})
const unauthenticated = (kind: 'api' | 'web', requests: number) => ({
  [`throttle_unauthenticated_${kind}_enabled`]: true,
  [`throttle_unauthenticated_${kind}_requests_per_period`]: requests,
  [`throttle_unauthenticated_${kind}_period_in_seconds`]: 3600,
})

const limited = async (api = server.api(user.token)) => (await api.get('/projects')).headers.get('ratelimit-limit')
const statuses = async (count: number, ask: () => Promise<{ status: number }>) => {
  const found: number[] = []
  for (let i = 0; i < count; i += 1) found.push((await ask()).status)
  return found
}

describe('rate limits', () => {
  it('are off, with GitLab’s numbers', async () => {
    now = new Date('2026-03-01T00:00:00Z')
    expect((await server.api(server.rootToken).get(settings)).body).toMatchObject({
      throttle_unauthenticated_api_enabled: false,
      throttle_unauthenticated_api_requests_per_period: 3600,
      throttle_authenticated_api_enabled: false,
      throttle_authenticated_api_requests_per_period: 7200,
      throttle_authenticated_api_period_in_seconds: 3600,
      rate_limiting_response_text: null,
    })
    expect(
      await server.api(server.rootToken).put(settings, { throttle_authenticated_api_requests_per_period: 0 }),
    ).toMatchObject({
      status: 400,
      body: { message: { throttle_authenticated_api_requests_per_period: ['must be greater than 0'] } },
    })
  })

  it('count each person by themselves, and say when to come back', async () => {
    await limit(authenticated(120))
    await expect.poll(() => limited()).toBe('2')
    const other = await aUser(server)
    const first = await server.api(other.token).get('/projects')
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'ratelimit-name': 'throttle_authenticated_api',
      'ratelimit-limit': '2',
      'ratelimit-observed': '1',
      'ratelimit-remaining': '119',
      'ratelimit-reset': String(now.getTime() / 1000 + 3590),
      'ratelimit-resettime': new Date(now.getTime() + 3_590_000).toUTCString(),
    })
    expect(first.headers.has('retry-after')).toBe(false)
    await Promise.all(Array.from({ length: 119 }, () => server.api(other.token).get('/version')))
    const refused = await server.api(other.token).get('/projects')
    expect(refused).toMatchObject({ status: 429, body: 'Retry later\n' })
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      'content-type': expect.stringMatching(/^text\/plain/),
      'retry-after': '3590',
      'ratelimit-observed': '121',
      'ratelimit-remaining': '0',
    })
    expect((await server.api(user.token).get('/projects')).status).toBe(200)
    now = new Date(now.getTime() + 3_590_000)
    expect((await server.api(other.token).get('/projects')).status).toBe(200)
  })

  it('count strangers by address, also those with a bad token, in the words of the settings', async () => {
    await limit({ ...unauthenticated('api', 2), rate_limiting_response_text: 'Not so fast' })
    await expect.poll(() => limited(server.api())).toBe('1')
    await statuses(2, () => server.api('glpat-nobody').get('/projects'))
    expect(await server.api('glpat-nobody').get('/projects')).toMatchObject({ status: 429, body: 'Not so fast\n' })
    expect((await server.api(user.token).get('/projects')).status).toBe(200)
  })

  it('never hold up runners or health checks', async () => {
    const project = await aProject(server)
    const runner = await aRunner(server, { projectId: project.id })
    await limit({ ...unauthenticated('api', 1), ...unauthenticated('web', 1), ...authenticated(1) })
    await expect.poll(() => limited(server.api())).toBe('1')
    for (let i = 0; i < 5; i += 1) expect(await runner.request()).toBeNull()
    expect(await statuses(5, () => fetch(`${server.url}/-/health`))).toEqual([200, 200, 200, 200, 200])
  })

  it('count git apart from the API', async () => {
    const project = await aProject(server)
    const { token } = await aMember(server, { project }, 'developer')
    await limit({
      throttle_authenticated_web_enabled: true,
      throttle_authenticated_web_requests_per_period: 2,
      throttle_authenticated_web_period_in_seconds: 3600,
    })
    const url = `${server.url}/${project.full_path}.git/info/refs?service=git-upload-pack`
    const ask = async () => {
      const answer = await fetch(url, { headers: basic('anyone', token) })
      await answer.text()
      return answer
    }
    await expect.poll(async () => (await ask()).headers.get('ratelimit-name')).toBe('throttle_authenticated_web')
    expect((await statuses(3, ask)).at(-1)).toBe(429)
    expect((await server.api(token).get('/projects')).status).toBe(200)
  })
})
