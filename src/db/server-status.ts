/** What the database knows about itself and about the work at hand, in two statements. */
import { sql } from 'kysely'
import type { Db } from './open.ts'
import { wakeName } from './wake.ts'

export interface DatabaseStatus {
  readonly version: string
  /** Bytes. */
  readonly size: number
  readonly connections: number
  readonly maxConnections: number
  readonly migration: number
  readonly pending: number
  readonly oldestPendingAt: Date | null
  readonly running: number
  readonly blocked: number
  readonly runnersOnline: number
  readonly runners: number
  /** Bytes. */
  readonly artifacts: number
  readonly logs: number
  readonly users: number
  readonly groups: number
  readonly projects: number
  readonly deployments: number
}

/** @param onlineSince a runner that called after this is online */
export async function databaseStatus(db: Db, onlineSince: Date): Promise<DatabaseStatus> {
  const { rows } = await sql<DatabaseStatus>`
    select current_setting('server_version') as version,
           pg_database_size(current_database())::float8 as size,
           (select count(*) from pg_stat_activity where datname = current_database())::int as connections,
           current_setting('max_connections')::int as "maxConnections",
           coalesce((select max(version) from schema_migrations), 0)::int as migration,
           (select count(*) from jobs where status = 'pending' and not is_bridge)::int as pending,
           (select min(queued_at) from jobs where status = 'pending' and not is_bridge) as "oldestPendingAt",
           (select count(*) from jobs where status in ('running', 'canceling') and not is_bridge)::int as running,
           (select count(*) from deployments where status = 'blocked')::int as blocked,
           (select count(*) from runners where contacted_at > ${onlineSince})::int as "runnersOnline",
           (select count(*) from runners)::int as runners,
           (select coalesce(sum(size), 0) from job_artifacts)::float8 as artifacts,
           (select coalesce(sum(log_size), 0) from jobs)::float8 as logs,
           (select count(*) from users where user_type = 'human')::int as users,
           (select count(*) from namespaces where kind = 'group')::int as groups,
           (select count(*) from projects)::int as projects,
           (select count(*) from deployments)::int as deployments`.execute(db)
  const row = rows[0]
  if (!row) throw new Error('the database answered nothing')
  return row
}

export interface ConnectedServer {
  readonly address: string | null
  readonly connectedAt: Date
}

/** Every process that serves this database: each has exactly one connection that listens (wake.ts). */
export async function connectedServers(db: Db): Promise<readonly ConnectedServer[]> {
  const { rows } = await sql<ConnectedServer>`
    select host(client_addr) as address, backend_start as "connectedAt" from pg_stat_activity
     where datname = current_database() and application_name = ${wakeName} order by backend_start, pid`.execute(db)
  return rows
}
