import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeStaging, recordStaging, settleRestore } from '../../../src/cli/backup/settle-restore.ts'
import { whileAloneRestoring } from '../../../src/db/restore.ts'
import { inTransaction } from '../../../src/db/transaction.ts'
import { createTestDatabase, type TestDatabase } from '../../helpers/database.ts'

let database: TestDatabase
let dataDir: string
let staging: string
beforeEach(async () => {
  database = await createTestDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-settle-test-'))
  await fill(dataDir, 'old')
  staging = await makeStaging(dataDir)
  await fill(staging, 'new')
  await writeFile(join(staging, 'database.jsonl'), '')
})
afterEach(async () => {
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
})

async function fill(directory: string, text: string): Promise<void> {
  for (const part of ['repositories', 'blobs']) {
    await mkdir(join(directory, part))
    await writeFile(join(directory, part, 'file'), text)
  }
}

const found = () =>
  Promise.all(['repositories', 'blobs'].map((part) => readFile(join(dataDir, part, 'file'), 'utf8').catch(() => null)))
const commit = () => inTransaction(database.db, (tx) => recordStaging(tx, staging, {}))
const settle = () => settleRestore(database.db, dataDir)

async function nothingIsLeft(): Promise<void> {
  expect((await readdir(dataDir)).toSorted()).toEqual(['blobs', 'repositories'])
  expect(await database.db.selectFrom('settings').select('key').execute()).toEqual([])
}

test('before the commit everything stays as it was', async () => {
  await settle()
  expect(await found()).toEqual(['old', 'old'])
  await nothingIsLeft()
})

test.each<[string, () => Promise<void>]>([
  ['nothing was put in place', async () => undefined],
  ['the old repositories were taken away', () => rename(join(dataDir, 'repositories'), join(staging, 'old-1'))],
  [
    'the repositories were put in place',
    async () => {
      await rename(join(dataDir, 'repositories'), join(staging, 'old-1'))
      await rename(join(staging, 'repositories'), join(dataDir, 'repositories'))
    },
  ],
  [
    'a server made an empty directory meanwhile',
    async () => {
      await rename(join(dataDir, 'repositories'), join(staging, 'old-1'))
      await mkdir(join(dataDir, 'repositories'))
    },
  ],
  ['there was nothing before', () => rm(join(dataDir, 'blobs'), { recursive: true })],
])('after the commit it is finished: %s', async (_, crash) => {
  await commit()
  await crash()
  await settle()
  expect(await found()).toEqual(['new', 'new'])
  await nothingIsLeft()
  await settle()
  expect(await found()).toEqual(['new', 'new'])
})

test('files of another restore than the committed one are removed', async () => {
  await commit()
  const other = await makeStaging(dataDir)
  await fill(other, 'other')
  await settle()
  expect(await found()).toEqual(['new', 'new'])
  await nothingIsLeft()
})

test('a restore is one row of the audit record', async () => {
  await commit()
  const rows = await database.db
    .selectFrom('audit_events')
    .select(['event_name', 'entity_type', 'author_name'])
    .execute()
  expect(rows).toEqual([{ event_name: 'instance_restored', entity_type: 'Instance', author_name: '(system)' }])
})

test('a server that starts waits for a restore that is under way', async () => {
  const order: string[] = []
  let settled: Promise<void> = Promise.resolve()
  await whileAloneRestoring(database.db, false, async () => {
    settled = settle().then(() => void order.push('settled'))
    await waiting()
    await commit()
    order.push('committed')
  })
  await settled
  expect(order).toEqual(['committed', 'settled'])
  expect(await found()).toEqual(['new', 'new'])
})

test('two restores at once: the second is refused', async () => {
  await whileAloneRestoring(database.db, false, async () => {
    const second = whileAloneRestoring(database.db, false, () => Promise.reject(new Error('it ran')))
    await expect(second).rejects.toMatchObject({ code: 'restore_under_way' })
  })
  await expect(whileAloneRestoring(database.db, false, () => Promise.resolve('free'))).resolves.toBe('free')
})

test('without a data directory there is nothing to settle', async () => {
  await rm(dataDir, { recursive: true })
  await settle()
  await expect(access(dataDir)).rejects.toMatchObject({ code: 'ENOENT' })
})

/** Until somebody waits for the advisory lock. */
async function waiting(): Promise<void> {
  const end = Date.now() + 20_000
  for (;;) {
    const { length } = await waiters()
    if (length > 0) return
    if (Date.now() > end) throw new Error('nobody waits')
  }
}

async function waiters(): Promise<unknown[]> {
  const { rows } = await sql`select 1 from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`.execute(database.db)
  return rows
}
