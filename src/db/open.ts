import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import { type ClientBase, Pool } from 'pg'
import { DatabaseRefusal } from './database-refusal.ts'
import { preparingPool } from './prepared-statements.ts'
import type { Database } from './tables.ts'
import { clientConfig, describeTarget, type Target } from './target.ts'

declare const writer: unique symbol

/**
 * Reads. Writing does not compile; and where types cannot tell (raw SQL, a writing `with`), PostgreSQL itself refuses a write
 * outside `inTransaction`, because every session is read-only until a transaction says otherwise.
 */
export type Db = Pick<
  Kysely<Database>,
  'selectFrom' | 'selectNoFrom' | 'with' | 'withRecursive' | 'fn' | 'case' | 'dynamic' | 'getExecutor'
>

/** Writes, inside one transaction. Whatever takes a `Db` to read takes a `Tx` too. */
export type Tx = Transaction<Database> & { readonly [writer]: true }

export type OpenOptions = {
  /** The most connections held at once; default 16. */
  readonly poolSize?: number
  /** Told when a pooled connection is lost; the pool replaces it by itself. */
  readonly onConnectionError?: (error: Error) => void
}

/**
 * Opens a pool of connections and checks the server. Throws `DatabaseRefusal` when it cannot be reached or is older than
 * PostgreSQL 15. Close it with `closeDatabase`.
 */
export async function openDatabase(target: Target, options: OpenOptions = {}): Promise<Db> {
  const kysely = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: preparingPool(createPool(target, options)) }),
  })
  try {
    await checkVersion(kysely)
    return kysely
  } catch (cause) {
    await kysely.destroy()
    if (cause instanceof DatabaseRefusal) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DatabaseRefusal('unreachable', `Cannot use ${describeTarget(target)}: ${reason}`, { cause })
  }
}

/** Waits for running queries and closes every connection. */
export async function closeDatabase(db: Db): Promise<void> {
  await root(db).destroy()
}

/** The query builder behind a `Db`, for db/ alone: migrations and backups need a connection of their own. */
export function root(db: Db): Kysely<Database> {
  if (db instanceof Kysely && !db.isTransaction) return db
  throw new Error('This needs the database itself, not a transaction')
}

function createPool(target: Target, options: OpenOptions): Pool {
  const pool = new Pool({
    ...clientConfig(target),
    max: options.poolSize ?? 16,
    idleTimeoutMillis: 60_000,
    // A server that vanished without closing its connections must not hold its row locks until TCP gives up.
    idle_in_transaction_session_timeout: 60_000,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool does wait for it, its types do not say so
    onConnect: prepareSession,
  })
  // A connection that is lost while no query waits on it says so by this event, which ends the process when nobody listens.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', (error) => options.onConnectionError?.(error))
  return pool
}

async function prepareSession(client: ClientBase): Promise<void> {
  await client.query('set default_transaction_read_only = on; set timezone = UTC')
}

async function checkVersion(db: Db): Promise<void> {
  const { rows } = await sql<{ version: number; name: string }>`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as name`.execute(db)
  for (const { version, name } of rows) requireVersion(version, name)
}

/** Refuses a server older than PostgreSQL 15; `version` is its `server_version_num`. */
export function requireVersion(version: number, name: string): void {
  if (version >= 150_000) return
  throw new DatabaseRefusal('server_version', `PostgreSQL ${name} is too old: Countersign needs 15 or newer.`)
}
