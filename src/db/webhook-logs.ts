/** What webhooks sent and were answered, kept for a week (GitLab docs, Webhooks: recent events). */
import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { WebhookLogTable } from './tables.ts'

export type WebhookLog = Selectable<WebhookLogTable>

/** GitLab shows, and we keep, so many days. */
export const logDays = 7

export async function insertWebhookLog(tx: Tx, log: Insertable<WebhookLogTable>): Promise<void> {
  await tx.insertInto('webhook_logs').values(log).execute()
}

/** Statuses to look for: exact ones, and ranges from their first status on. */
export interface LogFilter {
  readonly statuses: readonly string[]
  /** 200, 400 or 500. */
  readonly ranges: readonly number[]
}

/** One page, newest first. */
export async function webhookLogPage(
  db: Db,
  hookId: number,
  filter: LogFilter | null,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<WebhookLog>> {
  let query = db
    .selectFrom('webhook_logs')
    .selectAll()
    .where('webhook_id', '=', hookId)
    .where('created_at', '>', sql<Date>`now() - make_interval(days => ${logDays})`)
    .orderBy('id', 'desc')
  if (filter) {
    query = query.where(
      sql<boolean>`(response_status = any (${[...filter.statuses]}::text[])
        or (response_status ~ '^[0-9]{3}$' and left(response_status, 1) || '00' = any (${filter.ranges.map(String)}::text[])))`,
    )
  }
  return fetchPage(db, query, request)
}

/** One of a hook's; null when it is another's or gone. */
export async function findWebhookLog(db: Db, hookId: number, id: number): Promise<WebhookLog | null> {
  const row = await db
    .selectFrom('webhook_logs')
    .selectAll()
    .where('webhook_id', '=', hookId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** Forgets what is older than a week, a few at a time; answers whether there may be more. */
export async function deleteOldLogs(tx: Tx, limit = 1_000): Promise<boolean> {
  const { rows } = await sql<{ id: number }>`
    delete from webhook_logs where id in (
      select id from webhook_logs where created_at <= now() - make_interval(days => ${logDays})
       order by created_at limit ${limit} for update skip locked)
    returning id`.execute(tx)
  return rows.length === limit
}
