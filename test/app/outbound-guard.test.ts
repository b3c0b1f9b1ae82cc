import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { blockedBecause, judgeDestination, type OutboundSettings } from '../../src/app/outbound-guard.ts'
import { sendOutbound } from '../../src/app/outbound-request.ts'
import { aReceiver, type HookReceiver } from '../helpers/hook-receiver.ts'
import { selfSigned } from '../helpers/self-signed.ts'

const strict: OutboundSettings = {
  allow_local_requests_from_web_hooks_and_services: false,
  outbound_local_requests_whitelist: [],
}
const allowing = (...outbound_local_requests_whitelist: string[]): OutboundSettings => ({
  ...strict,
  outbound_local_requests_whitelist,
})

async function verdict(url: string, settings = strict): Promise<string> {
  const judged = await judgeDestination(url, settings)
  return judged.ok ? 'goes out' : judged.error.sentence
}

const localhost = 'Requests to localhost are not allowed'
const loopback = 'Requests to loopback addresses are not allowed'
const local = 'Requests to the local network are not allowed'
const reserved = 'Requests to reserved addresses are not allowed'

describe('where requests may go', () => {
  test.each([
    ['http://93.184.216.34/hook', 'goes out'],
    ['https://[2606:2800:220:1::1]/', 'goes out'],
    ['http://[::ffff:93.184.216.34]/', 'goes out'],
    ['http://127.0.0.1/', loopback],
    ['http://127.1/', loopback],
    ['http://2130706433/', loopback],
    ['http://0x7f000001/', loopback],
    ['http://0177.0.0.1/', loopback],
    ['http://127.0.0.1./', loopback],
    ['http://１２７.0.0.1/', loopback],
    ['http://localhost/', loopback],
    ['http://[::1]/', loopback],
    ['http://[::ffff:127.0.0.1]/', loopback],
    ['http://[::ffff:7f00:1]:8080/', loopback],
    ['http://0.0.0.0/', localhost],
    ['http://0/', localhost],
    ['http://[::]/', localhost],
    ['http://10.1.2.3/', local],
    ['http://172.16.0.1/', local],
    ['http://172.31.255.255/', local],
    ['http://172.32.0.1/', 'goes out'],
    ['http://192.168.1.1/', local],
    ['http://[fd00::1]/', local],
    ['http://[::ffff:10.0.0.1]/', local],
    ['http://169.254.169.254/latest/meta-data', 'Requests to the link local network are not allowed'],
    ['http://[fe80::1]/', 'Requests to the link local network are not allowed'],
    ['http://100.64.0.1/', 'Requests to the shared address space are not allowed'],
    ['http://255.255.255.255/', 'Requests to the limited broadcast address are not allowed'],
    ['http://224.0.0.1/', reserved],
    ['http://198.18.0.1/', reserved],
    ['http://[64:ff9b::7f00:1]/', reserved],
    ['http://[2002:7f00:1::]/', reserved],
    ['http://[::127.0.0.1]/', reserved],
    ['http://[ff02::1]/', reserved],
    ['ftp://93.184.216.34/', 'Only allowed schemes are http, https'],
    ['file:///etc/passwd', 'Only allowed schemes are http, https'],
    ['example.com', 'URI is invalid'],
    ['http://', 'URI is invalid'],
  ])('%s: %s', async (url, expected) => {
    expect(await verdict(url)).toBe(expected)
  })

  test('a public address is judged alike in both families', () => {
    expect([blockedBecause('8.8.8.8'), blockedBecause('2001:4860:4860::8888')]).toEqual([null, null])
  })

  test.each([
    ['http://127.0.0.1:9/', allowing('127.0.0.1'), 'goes out'],
    ['http://127.0.0.1:9/', allowing('127.0.0.1:9'), 'goes out'],
    ['http://127.0.0.1:10/', allowing('127.0.0.1:9'), loopback],
    ['http://127.0.0.2/', allowing('127.0.0.1'), loopback],
    ['http://10.2.3.4/', allowing('10.0.0.0/8'), 'goes out'],
    ['http://11.2.3.4/', allowing('10.0.0.0/8'), 'goes out'],
    ['http://192.168.0.1/', allowing('10.0.0.0/8'), local],
    ['http://localhost/', allowing('localhost'), 'goes out'],
    ['http://localhost/', allowing('LOCALHOST:80'), 'goes out'],
    ['http://localhost/', allowing('otherhost'), loopback],
    ['http://[::1]:8080/', allowing('[::1]:8080'), 'goes out'],
    ['http://[::1]/', allowing('::1'), 'goes out'],
    ['http://[fd00::5]/', allowing('fd00::/8'), 'goes out'],
    ['http://127.0.0.1/', allowing('', '/8', '0.0.0.0/99', 'x/y'), loopback],
    ['http://10.0.0.1/', { ...strict, allow_local_requests_from_web_hooks_and_services: true }, 'goes out'],
  ])('%s with %j: %s', async (url, settings, expected) => {
    expect(await verdict(url, settings)).toBe(expected)
  })
})

describe('a request', () => {
  let receiver: HookReceiver
  let other: HookReceiver
  beforeAll(async () => {
    receiver = await aReceiver()
    other = await aReceiver()
  })
  afterAll(async () => {
    await receiver.stop()
    await other.stop()
  })
  beforeEach(() => {
    receiver.requests.length = 0
    other.requests.length = 0
    receiver.answer = { status: 200 }
    other.answer = { status: 200 }
  })

  const hostOf = (url: string) => new URL(url).host
  const post = (
    url: string,
    settings: OutboundSettings,
    { verifyCertificate = true, ...more }: Partial<Parameters<typeof sendOutbound>[0]> = {},
  ) =>
    sendOutbound({
      url,
      body: Buffer.from('{}'),
      headers: { 'Content-Type': 'application/json', 'X-Gitlab-Token': 'secret', 'X-Plain': 'yes' },
      secretHeaders: new Set(['x-gitlab-token']),
      verifyCertificate,
      settings,
      signal: new AbortController().signal,
      ...more,
    })

  test('goes to the address that was judged, with the name it was asked by', async () => {
    const { port } = new URL(receiver.url)
    const sent = await post(`http://user:pass%20word@localhost:${port}/hook?x=1`, allowing('127.0.0.1', '::1'))
    expect(sent).toMatchObject({ ok: true, value: { status: 200, body: 'thanks' } })
    expect(receiver.requests).toMatchObject([
      { method: 'POST', path: '/hook?x=1', headers: { host: `localhost:${port}`, 'x-gitlab-token': 'secret' } },
    ])
    expect(receiver.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('user:pass word').toString('base64')}`,
    )
  })

  test('a name that changes its address between judging and asking changes nothing', async () => {
    const { port } = new URL(receiver.url)
    let asked = 0
    // Nobody else knows this name: a request that resolved it once more would go nowhere.
    const resolve = async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    }
    const sent = await post(`http://rebound.invalid:${port}/`, allowing('127.0.0.1'), { resolve })
    expect([sent.ok, asked, receiver.requests[0]?.headers.host]).toEqual([true, 1, `rebound.invalid:${port}`])
  })

  test('a name with one address outside and one inside is refused', async () => {
    const resolve = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    expect(await post('http://two.invalid/', strict, { resolve })).toEqual({
      ok: false,
      error: `URL is blocked: ${loopback}`,
    })
  })

  test('a redirect into the local network is refused', async () => {
    receiver.answer = { status: 307, headers: { location: other.url } }
    const sent = await post(receiver.url, allowing(hostOf(receiver.url)))
    expect(sent).toEqual({ ok: false, error: `URL is blocked: ${loopback}` })
    expect(other.requests).toEqual([])
  })

  test.each([
    [307, 'POST', 'application/json'],
    [308, 'POST', 'application/json'],
    [302, 'GET', undefined],
    [303, 'GET', undefined],
  ])('a redirect with %i to another origin is a %s without the secrets', async (status, method, type) => {
    receiver.answer = { status, headers: { location: `${other.url}/there` } }
    const sent = await post(receiver.url.replace('//', '//user:pass@'), allowing('127.0.0.1'))
    expect(sent).toMatchObject({ ok: true, value: { status: 200 } })
    expect(other.requests).toMatchObject([{ method, path: '/there', headers: { 'x-plain': 'yes' } }])
    const headers = other.requests[0]?.headers
    expect([headers?.['x-gitlab-token'], headers?.authorization, headers?.['content-type']]).toEqual([
      undefined,
      undefined,
      type,
    ])
  })

  test('over TLS asks for the name, and whether it is known who answers to it', async () => {
    const names: unknown[] = []
    const secure = createSecureServer(selfSigned, (request, reply) => {
      names.push(Reflect.get(request.socket, 'servername'))
      reply.end('over TLS')
    })
    const port = await new Promise<number>((resolve) => {
      secure.listen(0, '127.0.0.1', () => resolve(Number(Reflect.get(Object(secure.address()), 'port'))))
    })
    try {
      const url = `https://localhost:${port}/`
      const settings = allowing('127.0.0.1', '::1')
      expect(await post(url, settings)).toEqual({ ok: false, error: 'Request failed: DEPTH_ZERO_SELF_SIGNED_CERT' })
      expect(names).toEqual([])
      expect(await post(url, settings, { verifyCertificate: false })).toMatchObject({
        ok: true,
        value: { body: 'over TLS' },
      })
      expect(names).toEqual(['localhost'])
    } finally {
      await new Promise((resolve) => secure.close(resolve))
    }
  })

  test('redirects end', async () => {
    receiver.answer = { status: 307, headers: { location: '/again' } }
    expect(await post(receiver.url, allowing('127.0.0.1'))).toEqual({ ok: false, error: 'Too many redirects' })
    expect(receiver.requests).toHaveLength(6)
  })

  test('no more of an answer is kept than GitLab keeps', async () => {
    receiver.answer = { status: 500, body: 'x'.repeat(100_000), headers: { 'x-long': 'y'.repeat(5_000) } }
    const sent = await post(receiver.url, allowing('127.0.0.1'))
    if (!sent.ok) throw new Error(sent.error)
    expect([sent.value.status, sent.value.body.length, sent.value.headers['x-long']?.length]).toEqual([500, 8192, 1024])
  })

  test('nobody there is a failure that names no address', async () => {
    const gone: Server = createServer()
    const port = await new Promise<number>((resolve) => {
      gone.listen(0, '127.0.0.1', () => resolve(Number(Reflect.get(Object(gone.address()), 'port'))))
    })
    await new Promise((resolve) => gone.close(resolve))
    expect(await post(`http://127.0.0.1:${port}`, allowing('127.0.0.1'))).toEqual({
      ok: false,
      error: 'Connection refused',
    })
  })
})
