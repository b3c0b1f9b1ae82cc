import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a copy of the template has the schema', async () => {
  const users = await database.db.selectFrom('users').selectAll().execute()
  expect(users).toEqual([])
})
test('a write', async () => {
  await expect(sql`delete from users`.execute(database.db)).rejects.toThrow('read-only transaction')
})
