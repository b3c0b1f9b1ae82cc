import { beforeAll, describe, expect, test } from 'vitest'
import { aUser, type TestUser, unique } from '../helpers/builders.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { as, deadUrl, oneSentence, type RunOptions, run } from './helpers/run.ts'

let server: TestServer
let user: TestUser
beforeAll(async () => {
  server = await startTestServer()
  user = await aUser(server)
  return () => server.stop()
})

const admin = (args: readonly string[], options: RunOptions = {}) =>
  run(['admin', ...args], { env: as(server.rootToken, server), ...options })

describe('admin user', () => {
  test('create with a password from standard input', async () => {
    const username = unique('ada')
    const fields = ['--name', 'Ada Lovelace', '--email', `${username}@example.com`]
    const password = 'a very long password'
    const done = await admin(['user', 'create', username, ...fields, '--password-stdin', '--json'], {
      input: `${password}\n`,
    })
    expect(done).toMatchObject({ code: 0, stderr: '' })
    const made = JSON.parse(done.stdout) as { id: number }
    expect(made).toMatchObject({ username, name: 'Ada Lovelace', is_admin: false, state: 'active' })
    const row = await server.db
      .selectFrom('users')
      .select('password_digest')
      .where('id', '=', made.id)
      .executeTakeFirst()
    expect(row?.password_digest).toMatch(/^\$argon2id\$/)
    expect(done.stdout).not.toContain(password)

    const again = await admin(['user', 'create', username, ...fields, '--no-password'])
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/has already been taken/) })
  })

  test('create an administrator without a password', async () => {
    const username = unique('grace')
    const fields = ['--name', 'Grace Hopper', '--email', `${username}@example.com`]
    const done = await admin(['user', 'create', username, ...fields, '--no-password', '--admin'])
    const row = await server.db
      .selectFrom('users')
      .selectAll()
      .where('username', '=', username)
      .executeTakeFirstOrThrow()
    expect(done).toMatchObject({ code: 0, stdout: `Created user ${username} with id ${row.id}.\n` })
    expect(row).toMatchObject({ is_admin: true, password_digest: null })
  })

  test('set-password', async () => {
    const before = await server.db
      .selectFrom('users')
      .select('password_digest')
      .where('id', '=', user.id)
      .executeTakeFirst()
    const done = await admin(['user', 'set-password', user.username, '--password-stdin'], {
      input: 'another long password',
    })
    expect(done).toMatchObject({ code: 0, stdout: `The password of ${user.username} is set.\n` })
    const after = await server.db
      .selectFrom('users')
      .select('password_digest')
      .where('id', '=', user.id)
      .executeTakeFirst()
    expect(before?.password_digest).toBeNull()
    expect(after?.password_digest).toMatch(/^\$argon2id\$/)
    const short = await admin(['user', 'set-password', user.username, '--password-stdin'], { input: 'short' })
    expect(short).toMatchObject({ code: 1, stderr: expect.stringContaining('password') })
  })

  test('block and unblock, by name and by id', async () => {
    const state = async () =>
      (await server.db.selectFrom('users').select('state').where('id', '=', user.id).executeTakeFirst())?.state
    expect(await admin(['user', 'block', user.username])).toMatchObject({
      code: 0,
      stdout: `User ${user.username} is blocked.\n`,
    })
    expect(await state()).toBe('blocked')
    expect((await admin(['user', 'list', '--blocked'])).stdout).toMatch(new RegExp(`^${user.id} .* blocked$`, 'm'))
    expect((await admin(['user', 'unblock', `id:${user.id}`, '--json'])).stdout).toBe('true\n')
    expect(await state()).toBe('active')
  })

  test('list', async () => {
    const text = await admin(['user', 'list', '--admins'])
    expect(text.stdout).toMatch(/^ID +USERNAME/)
    expect(text.stdout).toMatch(/^1 +root +Administrator .* yes$/m)
    expect(text.stdout).not.toContain(user.username)
    const found = JSON.parse((await admin(['user', 'list', '--json', '--search', user.username])).stdout)
    expect(found).toMatchObject([{ id: user.id, email: user.email }])
    expect((await admin(['user', 'list', '--search', 'nobody-is-called-this'])).stdout).toBe('There is no such user.\n')
  })

  test('somebody unknown, and somebody who may not', async () => {
    expect(await admin(['user', 'block', 'nobody'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no user nobody.\n',
    })
    expect(await admin(['user', 'block', 'id:999999'])).toEqual({ code: 1, stdout: '', stderr: '404 User Not Found\n' })
    const done = await run(['admin', 'user', 'block', 'root'], { env: as(user, server) })
    expect(done).toEqual({ code: 1, stdout: '', stderr: '403 Forbidden\n' })
  })

  test.each<[string, string[], RunOptions]>([
    ['no terminal for the password', ['user', 'create', 'x', '--name', 'X', '--email', 'x@example.com'], {}],
    ['no name', ['user', 'create', 'x', '--email', 'x@example.com', '--no-password'], {}],
    ['no password given', ['user', 'set-password', 'root', '--password-stdin'], { input: '' }],
    ['a password as an argument', ['user', 'set-password', 'root', '--password', 'secret'], {}],
    ['an unknown command', ['user', 'remove', 'root'], {}],
  ])('%s is wrong usage', async (_, args, options) => {
    const done = await admin(args, options)
    expect(done).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(oneSentence) })
  })
})

describe('admin token create', () => {
  test('prints the token alone on standard output, and it works', async () => {
    const done = await admin([
      'token',
      'create',
      '--user',
      user.username,
      '--scopes',
      'read_api, read_user',
      '--expires-at',
      '2099-01-31',
    ])
    expect(done.code).toBe(0)
    expect(done.stderr).toContain('scopes read_api, read_user, expires 2099-01-31')
    const token = done.stdout.trimEnd()
    expect(token).toMatch(/^glpat-\S+$/)
    const self = await server.api(token).get('/personal_access_tokens/self')
    expect(self.body).toMatchObject({ user_id: user.id, scopes: ['read_api', 'read_user'], expires_at: '2099-01-31' })
  })

  test('--json, without an end, by id', async () => {
    const done = await admin([
      'token',
      'create',
      '--user',
      `id:${user.id}`,
      '--scopes',
      'api',
      '--name',
      'deploy bot',
      '--json',
    ])
    expect(JSON.parse(done.stdout)).toMatchObject({
      name: 'deploy bot',
      expires_at: null,
      token: expect.stringMatching(/^glpat-/),
    })
  })

  test('refusals in the words of the server', async () => {
    const scope = await admin(['token', 'create', '--user', user.username, '--scopes', 'everything'])
    expect(scope).toEqual({ code: 1, stdout: '', stderr: 'scopes does not have a valid value\n' })
    const past = await admin([
      'token',
      'create',
      '--user',
      user.username,
      '--scopes',
      'api',
      '--expires-at',
      '2001-01-01',
    ])
    expect(past).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('must be a date in the future') })
  })

  test.each<[string, string[]]>([
    ['no scopes', ['token', 'create', '--user', 'root']],
    ['an empty scope', ['token', 'create', '--user', 'root', '--scopes', 'api,,']],
    ['a day that there is not', ['token', 'create', '--user', 'root', '--scopes', 'api', '--expires-at', '2027-02-30']],
  ])('%s is wrong usage', async (_, args) => {
    expect(await admin(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(oneSentence) })
  })
})

test('a server that is not there', async () => {
  const env = as(server.rootToken, { url: await deadUrl() })
  expect(await admin(['user', 'list'], { env })).toMatchObject({ code: 3, stdout: '' })
  expect(await admin(['token', 'create', '--user', 'root', '--scopes', 'api'], { env })).toMatchObject({
    code: 3,
    stdout: '',
  })
})
