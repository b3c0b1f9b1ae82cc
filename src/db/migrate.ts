import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Db, root } from './open.ts'
import type { Database } from './tables.ts'

export type Migration = {
  readonly version: number
  readonly name: string
  readonly checksum: string
  readonly text: string
}

type Applied = { readonly version: number; readonly checksum: string }

/** Any constant will do, as long as nothing else uses it. */
const migrationLock = 4_923_177_315

const ownMigrations = join(import.meta.dirname, 'migrations')

/**
 * Brings the database to this program's schema: every `NNNN-name.sql` of the directory that has not been applied, in order, one
 * transaction each. Servers that start at once wait for one another. Throws `DatabaseRefusal` when the database was migrated by a
 * newer Countersign, or when a file that was applied has been changed since; nothing is changed then.
 */
export async function migrate(db: Db, directory: string = ownMigrations): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(directory)
  return root(db)
    .connection()
    .execute(async (connection) => {
      await sql`select pg_advisory_lock(${migrationLock}::bigint)`.execute(connection)
      try {
        return await applyMissing(connection, migrations)
      } finally {
        // Pooled connections live on, so the lock would too; a connection that broke has already let go of it.
        await sql`select pg_advisory_unlock(${migrationLock}::bigint)`.execute(connection).catch(() => undefined)
      }
    })
}

/** The newest version applied to a database, 0 when it has never been migrated. */
export async function schemaVersion(db: Db): Promise<number> {
  if (!(await hasMigrationsTable(db))) return 0
  const { rows } = await sql<{
    version: number
  }>`select coalesce(max(version), 0) as version from schema_migrations`.execute(db)
  return rows[0]?.version ?? 0
}

/** Reads `NNNN-name.sql`, numbered from 0001 without a gap. Line endings do not count as a change. */
async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1])
      if (version !== index + 1) {
        throw new DatabaseRefusal(
          'invalid_migrations',
          `${join(directory, name)} is not number ${index + 1} of the migrations.`,
        )
      }
      const text = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n')
      return {
        version,
        name: name.slice(0, -'.sql'.length),
        checksum: createHash('sha256').update(text).digest('hex'),
        text,
      }
    }),
  )
}

async function applyMissing(
  connection: Kysely<Database>,
  migrations: readonly Migration[],
): Promise<{ applied: string[] }> {
  const done = await readApplied(connection)
  const newest = Math.max(0, ...done.map(({ version }) => version))
  if (newest > migrations.length) {
    throw new DatabaseRefusal(
      'newer_schema',
      `The database has schema version ${newest} and this Countersign knows up to ${migrations.length}: run the newer Countersign that migrated it, or restore a backup.`,
    )
  }
  for (const { version, checksum } of done) {
    const migration = migrations[version - 1]
    if (migration?.checksum === checksum) continue
    throw new DatabaseRefusal(
      'changed_migration',
      `Migration ${migration?.name ?? version} was changed after it had been applied to this database: use the program that applied it, and add a new migration for the change.`,
    )
  }
  const applied: string[] = []
  for (const migration of migrations) {
    if (done.some(({ version }) => version === migration.version)) continue
    await applyOne(connection, migration)
    applied.push(migration.name)
  }
  return { applied }
}

async function applyOne(connection: Kysely<Database>, { version, name, checksum, text }: Migration): Promise<void> {
  await connection
    .transaction()
    .setAccessMode('read write')
    .execute(async (tx) => {
      await sql`create table if not exists schema_migrations (
        version int primary key, name text not null, checksum text not null, applied_at timestamptz(3) not null default now())`.execute(
        tx,
      )
      await sql.raw(text).execute(tx)
      await sql`insert into schema_migrations (version, name, checksum) values (${version}, ${name}, ${checksum})`.execute(
        tx,
      )
    })
}

async function readApplied(db: Db): Promise<Applied[]> {
  if (!(await hasMigrationsTable(db))) return []
  const { rows } = await sql<Applied>`select version, checksum from schema_migrations order by version`.execute(db)
  return rows
}

async function hasMigrationsTable(db: Db): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select to_regclass('schema_migrations') is not null as found`.execute(
    db,
  )
  return rows[0]?.found ?? false
}
