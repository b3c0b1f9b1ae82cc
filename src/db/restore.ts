import type { Readable } from 'node:stream'
import { sql } from 'kysely'
import { type BackupLine, backupFormat, backupVersion, invalid, readBackup } from './backup-lines.ts'
import {
  type AppliedMigration,
  type BackupTable,
  listMigrations,
  listSequences,
  listTables,
  setExactText,
} from './backup-tables.ts'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Db, root, type Tx } from './open.ts'

export type ImportOptions = {
  /** Remove every row that is there first, in the same transaction; otherwise a database that holds rows is refused. */
  readonly replace?: boolean
  /** Runs in the same transaction when all rows are in; what it throws undoes everything. */
  readonly beforeCommit?: (tx: Tx) => Promise<void>
}

type Counts = { tables: number; rows: number }

const batchRows = 500
const batchCharacters = 2_000_000

/**
 * Reads a backup into a migrated database of the very same schema, in one transaction: all of it or nothing. Other sessions wait
 * meanwhile. Triggers do not run, for the rows are history; foreign keys are checked at the end. Throws `DatabaseRefusal` when
 * the database is not empty, its schema is another one, or the backup is not whole.
 */
export async function importDatabase(db: Db, input: Readable, options: ImportOptions = {}): Promise<Counts> {
  return root(db)
    .transaction()
    .setAccessMode('read write')
    .execute((tx) => restore(tx as Tx, input, options))
}

/** Any constant will do, as long as nothing else uses it. */
const restoreLock = 4_923_177_316

/**
 * Runs `fn` while nobody else restores into this database or its directory; the lock ends with this process. With `wait` false a
 * restore that is under way elsewhere is a `DatabaseRefusal`.
 */
export async function whileAloneRestoring<T>(db: Db, wait: boolean, fn: () => Promise<T>): Promise<T> {
  return root(db)
    .connection()
    .execute(async (connection) => {
      const { rows } = wait
        ? await sql<{ got: boolean }>`select true as got from pg_advisory_lock(${restoreLock}::bigint)`.execute(
            connection,
          )
        : await sql<{ got: boolean }>`select pg_try_advisory_lock(${restoreLock}::bigint) as got`.execute(connection)
      if (rows[0]?.got !== true) throw new DatabaseRefusal('restore_under_way', 'Another restore is under way.')
      try {
        return await fn()
      } finally {
        await sql`select pg_advisory_unlock(${restoreLock}::bigint)`.execute(connection).catch(() => undefined)
      }
    })
}

async function restore(tx: Tx, input: Readable, { replace = false, beforeCommit }: ImportOptions): Promise<Counts> {
  const lines = readBackup(input)
  await checkHead((await lines.next()).value, await listMigrations(tx))
  await setExactText(tx)
  const tables = new Map((await listTables(tx)).map((table) => [table.name, table]))
  const all = sql.join([...tables.keys()].map((name) => sql.id('public', name)))
  await sql`lock table ${all} in access exclusive mode`.execute(tx)
  if (!replace) await checkEmpty(tx, tables)
  const enableTriggers = await disableTriggers(tx)
  if (replace) await sql`truncate ${all}`.execute(tx)
  const addForeignKeys = await dropForeignKeys(tx)
  const counts = await load(tx, lines, tables)
  for (const statement of [...addForeignKeys, ...enableTriggers]) await sql.raw(statement).execute(tx)
  await beforeCommit?.(tx)
  return counts
}

async function load(
  tx: Tx,
  lines: AsyncGenerator<BackupLine>,
  tables: ReadonlyMap<string, BackupTable>,
): Promise<Counts> {
  const sequences = new Set(await listSequences(tx))
  const counts = { tables: 0, rows: 0 }
  let table: BackupTable | undefined
  let batch: (readonly (string | null)[])[] = []
  let characters = 0
  const flush = async () => {
    if (table && batch.length > 0) await insert(tx, table, batch)
    batch = []
    characters = 0
  }
  for await (const line of lines) {
    if (line.kind === 'row') {
      if (!table || line.values.length !== table.columns.length) throw invalid('a row does not fit its table')
      batch.push(line.values)
      counts.rows++
      for (const value of line.values) characters += value?.length ?? 0
      if (batch.length >= batchRows || characters >= batchCharacters) await flush()
      continue
    }
    await flush()
    if (line.kind === 'table') {
      table = matchTable(line, tables)
      counts.tables++
    } else if (line.kind === 'sequence') {
      if (!sequences.has(line.sequence)) throw invalid(`there is no sequence ${line.sequence}`)
      await sql`select setval(${`public.${line.sequence}`}::regclass, ${line.value}, ${line.called})`.execute(tx)
    } else throw invalid('it has two heads')
  }
  await flush()
  return counts
}

/** One array of texts per column, which PostgreSQL turns into the columns' types itself. */
async function insert(tx: Tx, table: BackupTable, rows: readonly (readonly (string | null)[])[]): Promise<void> {
  const names = table.columns.map(({ name }) => name)
  const columns = sql.join(names.map((name) => sql.id(name)))
  const values = sql.join(table.columns.map(({ name, type }) => sql`r.${sql.id(name)}::${sql.raw(type)}`))
  const arrays = sql.join(names.map((_, index) => sql`${rows.map((row) => row[index] ?? null)}::text[]`))
  await sql`insert into ${sql.id('public', table.name)} (${columns}) overriding system value
    select ${values} from unnest(${arrays}) as r(${columns})`.execute(tx)
}

async function checkHead(line: BackupLine | void, here: readonly AppliedMigration[]): Promise<void> {
  if (line?.kind !== 'head' || line.format !== backupFormat) throw invalid('it does not begin like one')
  if (line.version !== backupVersion) throw invalid(`its format ${line.version} is unknown`)
  const there: unknown[] = Array.isArray(line.migrations) ? line.migrations : []
  if (JSON.stringify(there) === JSON.stringify(here)) return
  throw new DatabaseRefusal(
    'schema_version',
    `The backup has schema version ${there.length} and the database has ${here.length}${there.length === here.length ? ' made by other migrations' : ''}: restore it with the Countersign that wrote it, then upgrade.`,
  )
}

async function checkEmpty(tx: Tx, tables: ReadonlyMap<string, BackupTable>): Promise<void> {
  for (const name of tables.keys()) {
    const { rows } = await sql`select 1 from ${sql.id('public', name)} limit 1`.execute(tx)
    if (rows.length > 0) throw new DatabaseRefusal('not_empty', `The database is not empty: there are rows in ${name}.`)
  }
}

function matchTable(line: BackupLine & { kind: 'table' }, tables: ReadonlyMap<string, BackupTable>): BackupTable {
  const table = tables.get(line.table)
  const same =
    table?.columns
      .map(({ name }) => name)
      .sort()
      .join() === [...line.columns].sort().join()
  if (!table || !same) throw invalid(`there is no table ${line.table} with its columns`)
  const ordered = line.columns.flatMap((name) => table.columns.filter((column) => column.name === name))
  return { name: table.name, columns: ordered }
}

/** Tables refer to each other in circles, so no order of loading suits them; adding the keys again checks every row. */
async function dropForeignKeys(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ drop: string; add: string }>`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as add
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace order by oid`.execute(tx)
  for (const { drop } of rows) await sql.raw(drop).execute(tx)
  return rows.map(({ add }) => add)
}

async function disableTriggers(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ table: string; name: string }>`
    select tgrelid::regclass::text as table, quote_ident(tgname) as name
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not tgisinternal and tgenabled = 'O' and c.relnamespace = 'public'::regnamespace order by t.oid`.execute(tx)
  for (const { table, name } of rows) await sql.raw(`alter table ${table} disable trigger ${name}`).execute(tx)
  return rows.map(({ table, name }) => `alter table ${table} enable trigger ${name}`)
}
