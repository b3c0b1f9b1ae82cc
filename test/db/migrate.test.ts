import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate, schemaVersion } from '../../src/db/migrate.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/db/open.ts'
import { createEmptyDatabase } from '../helpers/database.ts'

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>
let db: Db
let scratch: string
let sets = 0
beforeEach(async () => {
  empty = await createEmptyDatabase()
  db = await openDatabase({ kind: 'url', url: empty.url })
  scratch = await mkdtemp(join(tmpdir(), 'countersign-test-migrations-'))
})
afterEach(async () => {
  await closeDatabase(db)
  await empty.drop()
  await rm(scratch, { recursive: true })
})

/** A directory with these files. */
async function directoryOf(files: Record<string, string>): Promise<string> {
  const directory = join(scratch, String(++sets))
  await mkdir(directory)
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
  return directory
}

const tables = async () => {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public' order by 1`.execute(db)
  return rows.map(({ name }) => name)
}

const one = { '0001-one.sql': 'create table one (id int);\ncreate table uno (id int);' }
const two = { ...one, '0002-two.sql': 'create table two (id int);' }

describe('migrate', () => {
  test('applies what is missing, in order, once', async () => {
    expect(await schemaVersion(db)).toBe(0)
    expect(await migrate(db, await directoryOf(one))).toEqual({ applied: ['0001-one'] })
    expect(await migrate(db, await directoryOf(two))).toEqual({ applied: ['0002-two'] })
    expect(await migrate(db, await directoryOf(two))).toEqual({ applied: [] })
    expect(await tables()).toEqual(['one', 'schema_migrations', 'two', 'uno'])
    expect(await schemaVersion(db)).toBe(2)
  })

  test('has nothing left to do on the database of a test', async () => {
    const { applied } = await migrate(db)
    expect(applied[0]).toBe('0001-initial')
    expect(await migrate(db)).toEqual({ applied: [] })
  })

  test('a migration that fails leaves nothing of itself, and what came before it stays', async () => {
    const broken = await directoryOf({ ...one, '0002-two.sql': 'create table two (id int); select 1 / 0;' })
    await expect(migrate(db, broken)).rejects.toThrow('division by zero')
    expect(await tables()).toEqual(['one', 'schema_migrations', 'uno'])
    expect(await migrate(db, await directoryOf(two))).toEqual({ applied: ['0002-two'] })
  })

  test('of servers that start at once one migrates and the others wait for it', async () => {
    const slow = { ...one, '0002-slow.sql': 'select pg_sleep(0.2); create table slow (id int);' }
    const directory = await directoryOf(slow)
    const others = await Promise.all([1, 2, 3].map(() => openDatabase({ kind: 'url', url: empty.url })))
    const results = await Promise.all([db, ...others].map((server) => migrate(server, directory)))
    expect(results.map(({ applied }) => applied.length).sort((a, b) => a - b)).toEqual([0, 0, 0, 2])
    await Promise.all(others.map(closeDatabase))
  })

  test('a database of a newer program is refused and stays as it is', async () => {
    await migrate(db, await directoryOf(two))
    await expect(migrate(db, await directoryOf(one))).rejects.toMatchObject({
      code: 'newer_schema',
      message: expect.stringContaining('schema version 2 and this Countersign knows up to 1'),
    })
    expect(await schemaVersion(db)).toBe(2)
  })

  test('an applied migration that was changed is refused, and nothing after it is applied', async () => {
    await migrate(db, await directoryOf(one))
    const changed = await directoryOf({ ...two, '0001-one.sql': 'create table another (id int);' })
    await expect(migrate(db, changed)).rejects.toMatchObject({
      code: 'changed_migration',
      message: expect.stringContaining('0001-one'),
    })
    expect(await tables()).not.toContain('two')
  })

  test('line endings are no change', async () => {
    await migrate(db, await directoryOf(one))
    const checkedOutElsewhere = { '0001-one.sql': one['0001-one.sql'].replaceAll('\n', '\r\n') }
    expect(await migrate(db, await directoryOf(checkedOutElsewhere))).toEqual({ applied: [] })
  })

  test.each([
    ['a gap', { ...one, '0003-three.sql': '' }],
    ['two of one number', { ...one, '0001-other.sql': '' }],
    ['a name without a number', { ...one, 'two.sql': '' }],
  ])('%s among the files is refused', async (_, files) => {
    await expect(migrate(db, await directoryOf(files))).rejects.toMatchObject({ code: 'invalid_migrations' })
    expect(await tables()).toEqual([])
  })
})
