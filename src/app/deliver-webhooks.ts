/**
 * Delivers what webhooks have to be told, at least once: a hook is taken for a while, its events are told in order, and whatever
 * server takes it next goes on where this one stopped. Safe on several servers at once, and killed at any moment.
 */
import { inTransaction } from '../db/transaction.ts'
import {
  type Delivery,
  deleteDelivery,
  keepPayload,
  nextDelivery,
  releaseHook,
  retryDelivery,
  takeHook,
} from '../db/webhook-deliveries.ts'
import { insertWebhookLog } from '../db/webhook-logs.ts'
import { holdWebhook, noteFailure, noteSuccess, type Webhook } from '../db/webhooks.ts'
import { type HookPayload, retrySeconds } from '../domain/webhook.ts'
import type { App } from './context.ts'
import { hookPayload } from './hook-payload.ts'
import { sendWebhook, type WebhookAttempt } from './send-webhook.ts'

/** Requests of one hook until another one has its turn. */
const perTurn = 20

/** Goes on until there is nothing due. @param ended aborted when the server stops: what is unfinished is told after its next start */
export async function deliverWebhooks(app: App, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const hookId = await inTransaction(app.db, takeHook)
    if (hookId === null) return
    await serve(app, hookId, ended)
  }
}

async function serve(app: App, hookId: number, ended: AbortSignal): Promise<void> {
  for (let told = 0; told < perTurn && !ended.aborted; told += 1) {
    const next = await inTransaction(app.db, (tx) => nextDelivery(tx, hookId))
    if (next === null) return
    await deliver(app, next.hook, next.delivery, ended)
  }
  await inTransaction(app.db, (tx) => releaseHook(tx, hookId))
}

async function deliver(app: App, hook: Webhook, delivery: Delivery, ended: AbortSignal): Promise<void> {
  try {
    const payload = await payloadOf(app, delivery)
    if (payload === null) return await inTransaction(app.db, (tx) => deleteDelivery(tx, delivery.id))
    const attempt = await sendWebhook(
      app,
      {
        hook,
        event: delivery.event,
        payload,
        eventUuid: delivery.event_uuid,
        idempotencyKey: delivery.idempotency_key,
      },
      ended,
    )
    // Our own stop is nobody's failure: the event stays due.
    if (ended.aborted && attempt.status === null) return
    await recordAttempt(app, attempt, delivery)
  } catch (error) {
    app.log.error({ err: error, webhook_id: hook.id, delivery_id: delivery.id }, 'a webhook could not be delivered')
    await inTransaction(app.db, async (tx) => {
      const seconds = retrySeconds(delivery.attempts)
      await (seconds === null ? deleteDelivery(tx, delivery.id) : retryDelivery(tx, delivery.id, seconds))
    })
  }
}

/** What the first attempt told, or would have. Null: there is nothing left to tell. */
async function payloadOf(app: App, delivery: Delivery): Promise<HookPayload | null> {
  if (delivery.payload) return delivery.payload
  const payload = await hookPayload(app, delivery)
  if (payload) await inTransaction(app.db, (tx) => keepPayload(tx, delivery.id, payload))
  return payload
}

/** Keeps the record, counts the hook's failures, and lets the delivery go or wait for its next attempt. */
async function recordAttempt(app: App, attempt: WebhookAttempt, delivery: Delivery): Promise<void> {
  const again = attempt.succeeded || !attempt.retryable ? null : retrySeconds(delivery.attempts)
  await inTransaction(app.db, async (tx) => {
    if (!(await recordOutcome(tx, attempt))) return
    await (again === null ? deleteDelivery(tx, delivery.id) : retryDelivery(tx, delivery.id, again))
  })
}

/** The record, and what the outcome means for the hook. False: the hook is gone. */
export async function recordOutcome(
  tx: Parameters<typeof insertWebhookLog>[0],
  attempt: WebhookAttempt,
): Promise<boolean> {
  const hookId = attempt.log.webhook_id
  if (!(await holdWebhook(tx, hookId))) return false
  await insertWebhookLog(tx, attempt.log)
  await (attempt.succeeded ? noteSuccess(tx, hookId) : noteFailure(tx, hookId))
  return true
}
