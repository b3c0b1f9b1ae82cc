/** The record in lists. */
import type { Selectable } from 'kysely'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { AuditEventTable } from './tables.ts'

/** The author's address is that of today; null when they are gone. */
export type AuditRow = Selectable<AuditEventTable> & { readonly authorEmail: string | null }

export interface AuditFilter {
  readonly entityType?: AuditRow['entity_type'] | undefined
  readonly entityId?: number | undefined
  /** Null: the server itself. */
  readonly authorId?: number | null | undefined
  readonly eventName?: string | undefined
  readonly createdAfter?: Date | undefined
  readonly createdBefore?: Date | undefined
  /** What was asked for is none of what may be seen. */
  readonly nothing?: boolean | undefined
  /** Only older events: the last id of the page before. */
  readonly beforeId?: number | undefined
}

/** A page, newest first. */
export async function listAuditEvents(
  db: Db,
  filter: AuditFilter,
  page: { readonly page: number; readonly per_page: number },
): Promise<Page<AuditRow>> {
  return fetchPage(db, matching(db, filter), page)
}

/** The newest events, without counting them. */
export async function newestAuditEvents(db: Db, filter: AuditFilter, limit: number): Promise<readonly AuditRow[]> {
  return matching(db, filter).limit(limit).execute()
}

/** One event, if it is among those of the filter. */
export async function findAuditEvent(db: Db, filter: AuditFilter, id: number): Promise<AuditRow | null> {
  if (!Number.isSafeInteger(id)) return null
  const row = await matching(db, filter).where('a.id', '=', id).executeTakeFirst()
  return row ?? null
}

function matching(db: Db, filter: AuditFilter) {
  const { entityType, entityId, authorId, eventName, createdAfter, createdBefore, beforeId, nothing } = filter
  return db
    .selectFrom('audit_events as a')
    .leftJoin('users as u', 'u.id', 'a.author_id')
    .selectAll('a')
    .select('u.email as authorEmail')
    .where((eb) =>
      eb.and([
        ...(nothing ? [eb.lit(false)] : []),
        ...(entityType ? [eb('a.entity_type', '=', entityType)] : []),
        ...(entityId === undefined ? [] : [eb('a.entity_id', '=', entityId)]),
        ...(authorId === undefined ? [] : [eb('a.author_id', authorId === null ? 'is' : '=', authorId)]),
        ...(eventName === undefined ? [] : [eb('a.event_name', '=', eventName)]),
        ...(createdAfter ? [eb('a.created_at', '>=', createdAfter)] : []),
        ...(createdBefore ? [eb('a.created_at', '<=', createdBefore)] : []),
        ...(beforeId === undefined ? [] : [eb('a.id', '<', beforeId)]),
      ]),
    )
    .orderBy('a.id', 'desc')
}
