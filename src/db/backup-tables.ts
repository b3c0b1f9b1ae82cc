import { sql } from 'kysely'
import type { Db } from './open.ts'

export type BackupColumn = { readonly name: string; readonly type: string }
export type BackupTable = { readonly name: string; readonly columns: readonly BackupColumn[] }
export type AppliedMigration = { readonly version: number; readonly checksum: string }

/** The tables of schema public with the columns that hold data; the list of migrations is not data. */
export async function listTables(db: Db): Promise<BackupTable[]> {
  const { rows } = await sql<{ table: string; column: string; type: string }>`
    select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by c.relname, a.attnum`.execute(db)
  const tables = new Map<string, BackupColumn[]>()
  for (const { table, column, type } of rows) {
    const columns = tables.get(table) ?? []
    tables.set(table, columns)
    columns.push({ name: column, type })
  }
  return [...tables].map(([name, columns]) => ({ name, columns }))
}

export async function listSequences(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S' order by relname`.execute(
    db,
  )
  return rows.map(({ name }) => name)
}

/** What the schema was made by; empty for a database that was never migrated. */
export async function listMigrations(db: Db): Promise<AppliedMigration[]> {
  const { rows: found } = await sql<{
    found: boolean
  }>`select to_regclass('schema_migrations') is not null as found`.execute(db)
  if (!found[0]?.found) return []
  const { rows } =
    await sql<AppliedMigration>`select version, checksum from schema_migrations order by version`.execute(db)
  return rows
}

/** Makes values turn into text and back exactly, whatever the server's defaults are. */
export async function setExactText(db: Db): Promise<void> {
  await sql
    .raw(`
    set local timezone = 'UTC'; set local datestyle = 'ISO, MDY'; set local intervalstyle = 'postgres';
    set local bytea_output = 'hex'; set local extra_float_digits = 1; set local idle_in_transaction_session_timeout = 0`)
    .execute(db)
}
