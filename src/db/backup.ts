import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sql } from 'kysely'
import { backupFormat, backupVersion } from './backup-lines.ts'
import { listMigrations, listSequences, listTables, setExactText } from './backup-tables.ts'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Db, root } from './open.ts'

const rowsPerFetch = 1_000

/**
 * Writes every table of schema public as it was at one moment, while the server goes on working, and ends `output`. Needs
 * memory for a thousand rows. Throws `DatabaseRefusal` when the database has no schema.
 */
export async function exportDatabase(db: Db, output: Writable): Promise<{ tables: number; rows: number }> {
  const counts = { tables: 0, rows: 0 }
  await root(db)
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((tx) => pipeline(withEnd(backupLines(tx, counts), counts), output))
  return counts
}

async function* backupLines(tx: Db, counts: { tables: number; rows: number }): AsyncGenerator<string> {
  await setExactText(tx)
  const migrations = await listMigrations(tx)
  if (migrations.length === 0)
    throw new DatabaseRefusal('schema_version', 'The database has no schema, so there is nothing to back up.')
  yield JSON.stringify({
    format: backupFormat,
    version: backupVersion,
    created_at: new Date().toISOString(),
    migrations,
  })
  for (const { name, columns } of await listTables(tx)) {
    counts.tables++
    yield JSON.stringify({ table: name, columns: columns.map((column) => column.name) })
    const values = sql.join(columns.map((column) => sql`${sql.ref(column.name)}::text`))
    await sql`declare backup no scroll cursor for select array_to_json(array[${values}])::text as line from ${sql.id('public', name)}`.execute(
      tx,
    )
    for (;;) {
      const { rows } = await sql<{ line: string }>`fetch ${sql.lit(rowsPerFetch)} from backup`.execute(tx)
      if (rows.length === 0) break
      counts.rows += rows.length
      for (const { line } of rows) yield line
    }
    await sql`close backup`.execute(tx)
  }
  // Sequences are not part of the snapshot: read last, they are never behind the rows.
  for (const name of await listSequences(tx)) {
    const { rows } = await sql<{ value: number; called: boolean }>`
      select last_value as value, is_called as called from ${sql.id('public', name)}`.execute(tx)
    yield JSON.stringify({ sequence: name, ...rows[0] })
  }
}

async function* withEnd(lines: AsyncGenerator<string>, counts: { readonly rows: number }): AsyncGenerator<string> {
  const hash = createHash('sha256')
  for await (const line of lines) {
    const text = `${line}\n`
    hash.update(text)
    yield text
  }
  yield `${JSON.stringify({ end: true, rows: counts.rows, sha256: hash.digest('hex') })}\n`
}
