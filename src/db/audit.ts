/** Audit rows: who did what to which thing, in the same transaction as the thing itself. */
import { sql } from 'kysely'
import { announce } from './announce.ts'
import type { Tx } from './open.ts'

export interface AuditAuthor {
  /** Null: the server itself. */
  readonly id: number | null
  readonly name: string
  readonly ip: string | null
}

/** The server acting by itself: timers, recovery. */
export const systemAuthor: AuditAuthor = { id: null, name: '(system)', ip: null }

export interface AuditEntry {
  /** GitLab's event name where it has one, for example `deployment_approved`. */
  readonly event: string
  readonly entity:
    | { readonly type: 'Project' | 'Group' | 'User'; readonly id: number }
    | { readonly type: 'Instance'; readonly id: null }
  readonly target: { readonly type: string; readonly id: number | null; readonly details: string }
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * Writes all entries with one statement, and tells open pages of them once the transaction is committed. The entity's path is
 * copied, because the record outlives what it names.
 */
export async function writeAudit(tx: Tx, entries: readonly AuditEntry[], author: AuditAuthor): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map((entry) => ({
    event_name: entry.event,
    entity_type: entry.entity.type,
    entity_id: entry.entity.id,
    target_type: entry.target.type,
    target_id: entry.target.id,
    target_details: entry.target.details,
    details: entry.details,
  }))
  await sql`
    insert into audit_events (event_name, author_id, author_name, entity_type, entity_id, entity_path,
                              target_type, target_id, target_details, details, ip)
    select r.event_name, ${author.id}::bigint, ${author.name}, r.entity_type, r.entity_id,
           coalesce(case r.entity_type
             when 'Project' then (select full_path from projects where id = r.entity_id)
             when 'Group' then (select full_path from namespaces where id = r.entity_id)
             when 'User' then (select username from users where id = r.entity_id) end, ''),
           r.target_type, r.target_id, r.target_details, r.details, ${author.ip}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(
           event_name text, entity_type text, entity_id bigint, target_type text, target_id bigint, target_details text, details jsonb)`.execute(
    tx,
  )
  await announce(tx, entries)
}
