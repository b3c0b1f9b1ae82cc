import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aToken, aUser, type TestUser } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { as, deadUrl, oneSentence, run, scratchDir } from './helpers/run.ts'

let server: TestServer
let user: TestUser
let home: Awaited<ReturnType<typeof scratchDir>>
let env: { XDG_CONFIG_HOME: string }
let file: string
beforeAll(async () => {
  server = await startTestServer()
  user = await aUser(server)
  return () => server.stop()
})
beforeEach(async () => {
  home = await scratchDir()
  env = { XDG_CONFIG_HOME: home.path }
  file = join(home.path, 'countersign', 'credentials.json')
  return () => home.remove()
})

const login = (token: string, ...more: string[]) =>
  run(['login', '--url', server.url, '--stdin', ...more], { env, input: `${token}\n` })

describe('login', () => {
  test('stores the server and the token for this account alone, and the commands use them', async () => {
    const done = await login(user.token)
    expect(done).toMatchObject({ code: 0, stdout: `Signed in to ${server.url} as ${user.username}.\n` })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: server.url, token: user.token })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home.path, 'countersign'))).mode & 0o777).toBe(0o700)
    expect(done.stdout + done.stderr).not.toContain(user.token)
    const who = await run(['whoami'], { env })
    expect(who).toMatchObject({ code: 0, stderr: '' })
    expect(who.stdout).toContain(user.username)
  })

  test('replaces a file with looser rights', async () => {
    await mkdir(join(home.path, 'countersign'))
    await writeFile(file, '{"url": "http://old.example.com", "token": "old"}')
    await chmod(file, 0o644)
    expect((await login(user.token)).code).toBe(0)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('--token and --json', async () => {
    const done = await run(['login', '--url', `${server.url}/`, '--token', user.token, '--json'], { env })
    expect(done.code).toBe(0)
    expect(JSON.parse(done.stdout)).toMatchObject({ id: user.id, username: user.username, is_admin: false })
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ url: server.url })
  })

  test('a token that does not hold is refused and not stored', async () => {
    const done = await login('glpat-nobody-has-this-token')
    expect(done).toMatchObject({ code: 1, stdout: '' })
    expect(done.stderr).toMatch(/^401 Unauthorized: .*\n$/)
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test.each<[string, string[], string | undefined, string]>([
    ['nothing given and no terminal', [], undefined, 'There is no terminal to ask on'],
    ['no token and no terminal', ['--url', 'http://127.0.0.1:1'], undefined, 'There is no terminal to ask on'],
    ['two tokens', ['--url', 'http://a', '--token', 'x', '--stdin'], 'y', 'exclude each other'],
    ['an empty standard input', ['--url', 'http://a', '--stdin'], '\n', 'There is no token on standard input.'],
    ['more than a token', ['--url', 'http://a', '--stdin'], 'a\nb', 'more than one line'],
    ['no URL', ['--url', 'countersign', '--stdin'], 'x', '--url must be an http or https URL'],
    ['a password in the URL', ['--url', 'http://me:secret@a', '--stdin'], 'x', 'must not hold a user name'],
    ['no token in the token', ['--url', 'http://a', '--stdin'], 'a b', 'characters that no token has'],
    ['an unknown option', ['--frobnicate'], undefined, "unknown option '--frobnicate'"],
  ])('%s is wrong usage', async (_, args, input, sentence) => {
    const done = await run(['login', ...args], { env, ...(input === undefined ? {} : { input }) })
    expect(done).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) })
    expect(done.stderr).toMatch(oneSentence)
    expect(done.stderr).not.toContain('secret')
  })

  test('a place that cannot be written is one sentence', async () => {
    const options = { env: { XDG_CONFIG_HOME: '/dev/null' }, input: user.token }
    const done = await run(['login', '--url', server.url, '--stdin'], options)
    expect(done).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^ENOTDIR[^\n]*\n$/) })
  })

  test('a server that is not there is unreachable', async () => {
    const url = await deadUrl()
    const done = await run(['login', '--url', url, '--stdin'], { env, input: user.token })
    expect(done).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(`Cannot reach ${url}`) })
    expect(done.stderr).toMatch(oneSentence)
  })
})

describe('which server and token', () => {
  test('nobody signed in', async () => {
    const done = await run(['whoami'], { env })
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining('countersign login') })
  })

  test('the environment wins', async () => {
    await login(user.token)
    const done = await run(['whoami', '--json'], { env: { ...env, COUNTERSIGN_TOKEN: server.rootToken } })
    expect(JSON.parse(done.stdout)).toMatchObject({ username: 'root' })
  })

  test('a stored token is not sent to another server', async () => {
    await login(user.token)
    const seen: (string | undefined)[] = []
    const other = await listening((request) => seen.push(String(request.headers['private-token'])))
    const url = urlOf(other)
    const done = await run(['whoami'], { env: { ...env, COUNTERSIGN_URL: url } })
    other.close()
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining(`There is no token for ${url}`) })
    expect(seen).toEqual([])
  })

  test('a token does not follow a redirect', async () => {
    const seen: string[] = []
    const other = await listening((request) => seen.push(String(request.headers['private-token'])))
    const redirecting = await listening((_, response) =>
      response.writeHead(302, { location: `${urlOf(other)}/api/v4/user` }),
    )
    const done = await run(['whoami'], { env: as(user, { url: urlOf(redirecting) }) })
    other.close()
    redirecting.close()
    expect(done.code).toBe(3)
    expect(seen).toEqual([])
  })

  test('a page that is not the API is told from an answer', async () => {
    const page = await listening((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).write('<h1>Hi</h1>'),
    )
    const done = await run(['whoami'], { env: as(user, { url: urlOf(page) }) })
    page.close()
    expect(done).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('is not the API') })
  })

  test('a damaged file says how to mend it', async () => {
    await mkdir(join(home.path, 'countersign'))
    await writeFile(file, 'hello')
    const done = await run(['whoami'], { env })
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining('run countersign login again') })
    expect((await login(user.token)).code).toBe(0)
  })
})

describe('whoami', () => {
  test('as text and as the API answers it', async () => {
    const text = await run(['whoami'], { env: as(server.rootToken, server) })
    expect(text).toMatchObject({ code: 0, stdout: expect.stringMatching(/User +root \(Administrator, id 1\)/) })
    const json = await run(['whoami', '--json'], { env: as(server.rootToken, server) })
    expect(JSON.parse(json.stdout)).toEqual((await server.api(server.rootToken).get('/user')).body)
  })

  test('a token without the scope is refused in the words of the server', async () => {
    const { token } = await aToken(server, user, ['read_repository'])
    const done = await run(['whoami'], { env: as(token, server) })
    expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining('requires higher privileges') })
  })
})

describe('logout', () => {
  test('forgets what was stored', async () => {
    await login(user.token)
    expect(await run(['logout'], { env })).toMatchObject({ code: 0, stdout: `Signed out of ${server.url}.\n` })
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await run(['logout'], { env })).toMatchObject({ code: 0, stdout: 'Nobody was signed in.\n' })
    expect(JSON.parse((await run(['logout', '--json'], { env })).stdout)).toEqual({ url: null })
  })
})

type Handler = Parameters<typeof createServer>[1]

async function listening(handle: NonNullable<Handler>): Promise<Server> {
  const other = createServer((request, response) => {
    handle(request, response)
    response.end()
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  return other
}

function urlOf(other: Server): string {
  const address = other.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}
