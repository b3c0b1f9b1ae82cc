import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { closeDatabase, type Db, openDatabase, requireVersion, type Tx } from '../../src/db/open.ts'
import { describeTarget } from '../../src/db/target.ts'
import { afterCommit, inTransaction } from '../../src/db/transaction.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  await inTransaction(db, (tx) =>
    sql`create table entries (id int primary key, amount int not null default 0)`.execute(tx),
  )
})
afterAll(() => database.drop())

const insert = (tx: Tx, id: number) => sql`insert into entries (id) values (${id})`.execute(tx)
const ids = async () =>
  (await sql<{ id: number }>`select id from entries order by id`.execute(db)).rows.map(({ id }) => id)

describe('values', () => {
  test.each([
    ['int8', `9007199254740991::int8`, 9007199254740991],
    ['count', `count(*)`, 1],
    ['numeric', `12.5::numeric`, 12.5],
    ['date', `'2026-11-22'::date`, '2026-11-22'],
    ['timestamptz', `'2026-11-22T10:00:00.123+02'::timestamptz`, new Date('2026-11-22T08:00:00.123Z')],
    ['int8[]', `array[1, null, 3]::int8[]`, [1, null, 3]],
    ['empty int8[]', `'{}'::int8[]`, []],
    ['date[]', `array['2026-11-22']::date[]`, ['2026-11-22']],
    ['text[]', `array['a,b', null]`, ['a,b', null]],
    ['jsonb', `'{"a": [1]}'::jsonb`, { a: [1] }],
    ['bytea', `'\\x00ff'::bytea`, Buffer.from([0, 255])],
    ['session time zone', `current_setting('timezone')`, 'UTC'],
    ['application name', `current_setting('application_name')`, 'countersign'],
  ])('%s', async (_, expression, expected) => {
    const { rows } = await sql.raw<{ value: unknown }>(`select ${expression} as value`).execute(db)
    expect(rows[0]?.value).toEqual(expected)
  })

  test('an integer that a number would round is an error, not another integer', async () => {
    await expect(sql`select 9007199254740993::int8`.execute(db)).rejects.toThrow('does not fit')
  })
})

describe('reading and writing', () => {
  test('a Db is no Tx, a Tx is a Db', () => {
    expectTypeOf<Db>().not.toExtend<Tx>()
    expectTypeOf<Tx>().toExtend<Db>()
    expectTypeOf<Db>().not.toHaveProperty('insertInto')
    expectTypeOf<Db>().not.toHaveProperty('updateTable')
    expectTypeOf<Db>().not.toHaveProperty('deleteFrom')
    expectTypeOf<Tx>().toHaveProperty('insertInto')
    expectTypeOf<Parameters<typeof inTransaction>[0]>().not.toBeAny()
    // @ts-expect-error a transaction inside a transaction does not compile
    const nested = (tx: Tx) => inTransaction(tx, () => Promise.resolve())
    expect(nested).toBeTypeOf('function')
  })

  test('PostgreSQL refuses a write and a row lock outside a transaction', async () => {
    await expect(sql`insert into entries values (-1)`.execute(db)).rejects.toThrow('read-only transaction')
    await expect(sql`select * from entries for update`.execute(db)).rejects.toThrow('read-only transaction')
    expect(await ids()).not.toContain(-1)
  })
})

describe('inTransaction', () => {
  test('commits and answers', async () => {
    expect(await inTransaction(db, (tx) => insert(tx, 1).then(() => 'done'))).toBe('done')
    expect(await ids()).toContain(1)
  })

  test('rolls back and throws what was thrown', async () => {
    const failing = async (tx: Tx) => {
      await insert(tx, 2)
      throw new Error('no')
    }
    await expect(inTransaction(db, failing)).rejects.toThrow('no')
    expect(await ids()).not.toContain(2)
  })

  test('a statement error that was swallowed does not look committed', async () => {
    const swallowing = async (tx: Tx) => {
      await insert(tx, 3)
      await sql`select 1 / 0`.execute(tx).catch(() => undefined)
    }
    await expect(inTransaction(db, swallowing)).rejects.toThrow()
    expect(await ids()).not.toContain(3)
  })

  test('of two that deadlock both are done in the end', async () => {
    await inTransaction(db, async (tx) => void (await insert(tx, 10), await insert(tx, 11)))
    const add = (tx: Tx, id: number) => sql`update entries set amount = amount + 1 where id = ${id}`.execute(tx)
    let runs = 0
    let meet: () => void = () => undefined
    const bothHoldOne = new Promise<void>((resolve) => (meet = resolve))
    const both = (first: number, second: number) =>
      inTransaction(db, async (tx) => {
        await add(tx, first)
        if (++runs === 2) meet()
        await bothHoldOne
        await add(tx, second)
      })
    await Promise.all([both(10, 11), both(11, 10)])
    const { rows } = await sql`select id, amount from entries where id in (10, 11) order by id`.execute(db)
    expect(rows).toEqual([
      { id: 10, amount: 2 },
      { id: 11, amount: 2 },
    ])
    expect(runs).toBe(3)
  })

  test('serializable transactions that collide are repeated until every one is done', async () => {
    await inTransaction(db, (tx) => insert(tx, 20))
    let reads = 0
    let meet: () => void = () => undefined
    const allHaveRead = new Promise<void>((resolve) => (meet = resolve))
    const increment = () =>
      inTransaction(
        db,
        async (tx) => {
          const { rows } = await sql<{ amount: number }>`select amount from entries where id = 20`.execute(tx)
          if (++reads === 3) meet()
          await allHaveRead
          await sql`update entries set amount = ${(rows[0]?.amount ?? 0) + 1} where id = 20`.execute(tx)
        },
        { isolation: 'serializable' },
      )
    await Promise.all([increment(), increment(), increment()])
    const { rows } = await sql`select amount from entries where id = 20`.execute(db)
    expect(rows).toEqual([{ amount: 3 }])
    expect(reads).toBeGreaterThan(3)
  })

  test('gives up after a bounded number of attempts, and repeats nothing else', async () => {
    let runs = 0
    const failing = (code: string) => async (tx: Tx) => {
      runs++
      await sql.raw(`do $$ begin raise exception 'made up' using errcode = '${code}'; end $$`).execute(tx)
    }
    await expect(inTransaction(db, failing('40001'))).rejects.toMatchObject({ code: '40001' })
    expect(runs).toBe(8)
    runs = 0
    await expect(inTransaction(db, failing('23505'))).rejects.toMatchObject({ code: '23505' })
    expect(runs).toBe(1)
  })

  test('afterCommit runs in order, once, after the commit, and not for what was rolled back', async () => {
    const seen: string[] = []
    let attempts = 0
    await inTransaction(db, async (tx) => {
      attempts++
      afterCommit(tx, () => void seen.push(`first of attempt ${attempts}`))
      afterCommit(tx, () => void seen.push('second'))
      await insert(tx, 30)
      if (attempts === 1)
        await sql.raw(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`).execute(tx)
      expect(seen).toEqual([])
    })
    expect(seen).toEqual(['first of attempt 2', 'second'])

    const refused = inTransaction(db, async (tx) => {
      afterCommit(tx, () => void seen.push('never'))
      await insert(tx, 30)
    })
    await expect(refused).rejects.toMatchObject({ code: '23505' })
    expect(seen).not.toContain('never')
  })

  test('an error of an afterCommit callback does not make the committed look failed', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const seen: string[] = []
    await inTransaction(db, async (tx) => {
      afterCommit(tx, () => {
        throw new Error('late')
      })
      afterCommit(tx, () => void seen.push('next'))
    })
    expect(seen).toEqual(['next'])
    expect(warned).toHaveBeenCalledWith(expect.objectContaining({ message: 'late' }))
    warned.mockRestore()
  })

  test('afterCommit after the end is an error', async () => {
    let kept: Tx | undefined
    await inTransaction(db, async (tx) => void (kept = tx))
    expect(() => kept && afterCommit(kept, () => undefined)).toThrow('over')
  })
})

describe('connections', () => {
  test('losing every connection, idle and busy, costs those queries and nothing more', async () => {
    const lost: Error[] = []
    const other = await openDatabase(database.target, { poolSize: 3, onConnectionError: (error) => lost.push(error) })
    const terminate = sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
    const idle = inTransaction(other, async (tx) => {
      await terminate.execute(db)
      await sql`select 1`.execute(tx)
    })
    await expect(idle).rejects.toThrow()
    await vi.waitFor(async () => expect((await sql`select 1 as one`.execute(other)).rows).toEqual([{ one: 1 }]))
    await terminate.execute(db)
    await vi.waitFor(() => expect(lost.length).toBeGreaterThan(0))
    expect((await sql`select 1 as one`.execute(other)).rows).toEqual([{ one: 1 }])
    await closeDatabase(other)
  })

  test('a server before PostgreSQL 15 is refused', () => {
    expect(() => requireVersion(140_018, '14.18')).toThrow('PostgreSQL 14.18 is too old')
    expect(() => requireVersion(150_000, '15.0')).not.toThrow()
  })

  test('an unreachable server is one sentence without the password', async () => {
    const target = { kind: 'url', url: 'postgres://me:secret@127.0.0.1:1/db' } as const
    expect(describeTarget(target)).toBe('PostgreSQL at 127.0.0.1:1/db')
    await expect(openDatabase(target)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^Cannot use PostgreSQL at 127\.0\.0\.1:1\/db: (?!.*secret)/),
    })
  })
})
