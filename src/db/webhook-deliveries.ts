/** The queue of webhooks as the task that delivers it sees it: one hook at a time, its events in order. */
import { type Selectable, sql } from 'kysely'
import { type HookPayload, offAfter } from '../domain/webhook.ts'
import type { Db, Tx } from './open.ts'
import type { WebhookDeliveryTable } from './tables.ts'
import type { Webhook } from './webhooks.ts'

export type Delivery = Selectable<WebhookDeliveryTable>

/** A server that took a hook and said no more has this long, in seconds, until another one takes it. More than any attempt takes. */
const leaseSeconds = 30

const busyUntil = sql<Date>`now() + make_interval(secs => ${leaseSeconds})`
/** Times are stored in whole milliseconds, perhaps rounded up: what is due now must not look as if it were due in a moment. */
const isDue = sql<boolean>`d.due_at <= now() + interval '1 millisecond'`
/** Free, and served last. */
const freeNow = sql<Date>`now() - interval '1 millisecond'`

/** Takes the hook that has waited longest of those that have something to tell and that nobody is busy with; null when there is none. */
export async function takeHook(tx: Tx): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    update webhooks set busy_until = ${busyUntil}
     where id in (
       select h.id from webhooks h
        where h.id in (select d.webhook_id from webhook_deliveries d where ${isDue})
          and (h.busy_until is null or h.busy_until < now())
          and (h.disabled_until is null or h.disabled_until <= now())
          and h.recent_failures < ${offAfter}
        order by h.busy_until nulls first, h.id
        limit 1 for no key update skip locked)
    returning id`.execute(tx)
  return rows[0]?.id ?? null
}

/**
 * Begins the next attempt of a hook that this server took, and holds the hook for it; null when there is nothing due or the hook
 * rests: it is let go then. The attempt is counted before it is made, so that one that ends the server is not made for ever.
 */
export async function nextDelivery(tx: Tx, hookId: number): Promise<{ hook: Webhook; delivery: Delivery } | null> {
  const hook = await tx.selectFrom('webhooks').selectAll().where('id', '=', hookId).forNoKeyUpdate().executeTakeFirst()
  if (!hook) return null
  const { rows } = await sql<Delivery>`
    update webhook_deliveries set attempts = attempts + 1
     where id = (select d.id from webhook_deliveries d join webhooks h on h.id = d.webhook_id
                  where d.webhook_id = ${hookId} and ${isDue} and h.recent_failures < ${offAfter}
                    and (h.disabled_until is null or h.disabled_until <= now())
                  order by d.due_at, d.id limit 1)
    returning *`.execute(tx)
  const delivery = rows[0]
  await tx
    .updateTable('webhooks')
    .set({ busy_until: delivery ? busyUntil : freeNow })
    .where('id', '=', hookId)
    .execute()
  return delivery ? { hook, delivery } : null
}

/** Lets go of a hook before its time. */
export async function releaseHook(tx: Tx, hookId: number): Promise<void> {
  await tx.updateTable('webhooks').set({ busy_until: freeNow }).where('id', '=', hookId).execute()
}

/** Keeps what is told, so that every attempt tells the same. */
export async function keepPayload(tx: Tx, id: number, payload: HookPayload): Promise<void> {
  await tx
    .updateTable('webhook_deliveries')
    .set({ payload: JSON.stringify(payload) })
    .where('id', '=', id)
    .execute()
}

/** There will be no further attempt. */
export async function deleteDelivery(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('webhook_deliveries').where('id', '=', id).execute()
}

/** Another attempt, so many seconds from now. */
export async function retryDelivery(tx: Tx, id: number, seconds: number): Promise<void> {
  await tx
    .updateTable('webhook_deliveries')
    .set({ due_at: sql<Date>`now() + make_interval(secs => ${seconds})` })
    .where('id', '=', id)
    .execute()
}

/** Hooks that ask for an event of a project. */
export async function hooksAsking(
  db: Db,
  projectId: number,
  flag: 'push_events' | 'tag_push_events',
): Promise<Pick<Webhook, 'id' | 'push_events_branch_filter' | 'branch_filter_strategy'>[]> {
  const { rows } = await sql<Pick<Webhook, 'id' | 'push_events_branch_filter' | 'branch_filter_strategy'>>`
    select h.id, h.push_events_branch_filter, h.branch_filter_strategy from hooks_of(${projectId}) h
     where ${sql.ref(`h.${flag}`)} and h.recent_failures < ${offAfter} order by h.id`.execute(db)
  return rows
}

/** What was not told within a day is told no more: a receiver that comes back after a week has no use for a week of news. */
export async function deleteStaleDeliveries(tx: Tx): Promise<void> {
  await tx.deleteFrom('webhook_deliveries').where('created_at', '<', sql<Date>`now() - interval '1 day'`).execute()
}
