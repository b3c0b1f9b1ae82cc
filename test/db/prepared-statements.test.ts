import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDatabase, type Db, openDatabase } from '../../src/db/open.ts'
import { StatementNames } from '../../src/db/prepared-statements.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
/** One connection, so that each statement of a test meets what the one before left. */
let db: Db
beforeAll(async () => {
  database = await createTestDatabase()
  db = await openDatabase({ kind: 'url', url: database.url }, { poolSize: 1 })
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

test('a statement gets a name the fifth time, and keeps it', () => {
  const names = new StatementNames()
  const often = (text: string, times: number) => Array.from({ length: times }, () => names.of(text))
  expect(often('select a', 7)).toEqual([undefined, undefined, undefined, undefined, 's1', 's1', 's1'])
  expect(often('select b', 5).at(-1)).toBe('s2')
})

test('a forgotten statement comes back under a name that was never used', () => {
  const names = new StatementNames()
  for (let time = 0; time < 5; time += 1) names.of('select a')
  names.forget()
  expect(Array.from({ length: 5 }, () => names.of('select a'))).toEqual([...Array(4).fill(undefined), 's2'])
})

test('300 statements have names, the next ones are executed without', () => {
  const names = new StatementNames()
  const fifth = (text: string) => Array.from({ length: 5 }, () => names.of(text)).at(-1)
  for (let number = 1; number <= 300; number += 1) expect(fifth(`select ${number}`)).toBe(`s${number}`)
  expect(fifth('select 301')).toBeUndefined()
  expect(names.of('select 1')).toBe('s1')
})

test('PostgreSQL keeps what is executed often, and answers the same', async () => {
  const twice = async (value: number) =>
    (await sql<{ value: number }>`select ${value}::int * 2 as value`.execute(db)).rows[0]?.value
  for (const value of [1, 2, 3, 4, 5, 6, 7]) expect(await twice(value)).toBe(value * 2)
  const { rows } = await sql<{ runs: number }>`
    select generic_plans + custom_plans as runs from pg_prepared_statements where statement like '%* 2 as value'`.execute(
    db,
  )
  expect(rows).toEqual([{ runs: 3 }])
})

test('a table that another server changes meanwhile fails no read and no transaction', async () => {
  await inTransaction(db, (tx) => sql`create table shapes (id int, corners int)`.execute(tx))
  await inTransaction(db, (tx) => sql`insert into shapes values (1, 3)`.execute(tx))
  const read = async (from: Db) => (await sql`select * from shapes where id = ${1}`.execute(from)).rows
  for (let time = 0; time < 6; time += 1) expect(await read(db)).toEqual([{ id: 1, corners: 3 }])
  await inTransaction(database.db, (tx) => sql`alter table shapes add color text`.execute(tx))
  expect(await read(db)).toEqual([{ id: 1, corners: 3, color: null }])
  for (let time = 0; time < 6; time += 1) await read(db)
  await inTransaction(database.db, (tx) => sql`alter table shapes drop color`.execute(tx))
  expect(await inTransaction(db, read)).toEqual([{ id: 1, corners: 3 }])
})
