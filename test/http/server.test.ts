import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrapRoot } from '../../src/app/bootstrap.ts'
import { passwordMatches } from '../../src/app/password.ts'
import { findUser } from '../../src/db/users.ts'
import { aMember, aProject, aUser } from '../helpers/builders.ts'
import { createTestDatabase } from '../helpers/database.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

describe('the first administrator', () => {
  it('is user 1, root, with the token and password given', async () => {
    const { status, body } = await server.api(server.rootToken).get('/user')
    expect({ status, body }).toMatchObject({ status: 200, body: { id: 1, username: 'root', is_admin: true } })
    const root = await findUser(server.db, 1)
    expect(await passwordMatches(root?.password_digest ?? null, server.rootPassword)).toBe(true)
    expect(root?.password_digest).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  it('stays as it is when the server starts again', async () => {
    const before = await rows()
    const settings = { password: server.rootPassword, token: server.rootToken }
    expect(await bootstrapRoot(server.app, settings)).toEqual({ generatedPassword: null })
    expect(await rows()).toEqual(before)
  })

  it('gets another password when another one is given', async () => {
    await bootstrapRoot(server.app, { password: 'another password', token: null })
    const root = await findUser(server.db, 1)
    expect(await passwordMatches(root?.password_digest ?? null, 'another password')).toBe(true)
  })

  it('is made once by servers that start together, and only the maker tells the password', async () => {
    const database = await createTestDatabase()
    try {
      const app = { ...server.app, db: database.db }
      const made = await Promise.all(
        Array.from({ length: 4 }, () => bootstrapRoot(app, { password: null, token: 'glpat-x' })),
      )
      expect(made.filter(({ generatedPassword }) => generatedPassword !== null)).toHaveLength(1)
      const [password] = made.flatMap(({ generatedPassword }) => generatedPassword ?? [])
      expect(await passwordMatches((await findUser(database.db, 1))?.password_digest ?? null, password ?? '')).toBe(
        true,
      )
    } finally {
      await database.drop()
    }
  })

  it('gets a new token once when servers start together', async () => {
    const settings = { password: null, token: 'glpat-another-token-of-the-tests' }
    await Promise.all(Array.from({ length: 4 }, () => bootstrapRoot(server.app, settings)))
    expect((await server.api(settings.token).get('/user')).body).toMatchObject({ id: 1 })
  })

  async function rows() {
    const users = await server.db.selectFrom('users').selectAll().where('id', '=', 1).execute()
    const tokens = await server.db.selectFrom('access_tokens').selectAll().where('user_id', '=', 1).execute()
    const { count } = await server.db
      .selectFrom('audit_events')
      .select((eb) => eb.fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    return { users, tokens, count }
  }
})

describe('builders', () => {
  it('make people whose token works, and their parents', async () => {
    const project = await aProject(server)
    const developer = await aMember(server, { project }, 'developer')
    const { body } = await server.api(developer.token).get('/user')
    expect(body).toMatchObject({ id: developer.id, username: developer.username })
    expect(await server.app.repositories.exists(project.id)).toBe(true)
  })

  it('make people who may not come in', async () => {
    const { token } = await aUser(server, { state: 'blocked' })
    expect(await server.api(token).get('/user')).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Your account has been blocked.' },
    })
  })
})
