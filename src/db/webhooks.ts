/** Webhooks of projects and groups. */
import { type ExpressionBuilder, type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { offAfter, restAfter, restSeconds } from '../domain/webhook.ts'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { Database, WebhookTable } from './tables.ts'

export type Webhook = Selectable<WebhookTable>

export type HookOwner =
  | { readonly kind: 'project'; readonly id: number }
  | { readonly kind: 'group'; readonly id: number }

/** What people choose about a hook. */
export type HookValues = Pick<
  Webhook,
  | 'url'
  | 'name'
  | 'description'
  | 'token'
  | 'signing_token'
  | 'custom_headers'
  | 'url_variables'
  | 'custom_webhook_template'
  | 'enable_ssl_verification'
  | 'push_events_branch_filter'
  | 'branch_filter_strategy'
  | 'push_events'
  | 'tag_push_events'
  | 'job_events'
  | 'pipeline_events'
  | 'deployment_events'
  | 'other_events'
>

/** One page, oldest first. */
export async function webhookPage(
  db: Db,
  owner: HookOwner,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<Webhook>> {
  return fetchPage(db, db.selectFrom('webhooks').selectAll().where(ownedBy(owner)).orderBy('id'), request)
}

export async function countWebhooks(db: Db, owner: HookOwner): Promise<number> {
  const row = await db
    .selectFrom('webhooks')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(ownedBy(owner))
    .executeTakeFirstOrThrow()
  return row.count
}

/** One of an owner's; null when it is another's or gone. */
export async function findWebhook(db: Db, owner: HookOwner, id: number): Promise<Webhook | null> {
  const row = await db.selectFrom('webhooks').selectAll().where(ownedBy(owner)).where('id', '=', id).executeTakeFirst()
  return row ?? null
}

/** The same, locked until the transaction ends. */
export async function lockWebhook(tx: Tx, owner: HookOwner, id: number): Promise<Webhook | null> {
  const row = await tx
    .selectFrom('webhooks')
    .selectAll()
    .where(ownedBy(owner))
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row ?? null
}

/** Whether a hook is still there; it stays until the transaction ends. Events for it can still be queued meanwhile. */
export async function holdWebhook(tx: Tx, id: number): Promise<boolean> {
  const row = await tx.selectFrom('webhooks').select('id').where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
  return row !== undefined
}

export async function insertWebhook(tx: Tx, owner: HookOwner, values: HookValues): Promise<Webhook> {
  return tx
    .insertInto('webhooks')
    .values({
      project_id: owner.kind === 'project' ? owner.id : null,
      group_id: owner.kind === 'group' ? owner.id : null,
      ...columns(values),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function updateWebhook(tx: Tx, id: number, values: HookValues): Promise<Webhook> {
  return tx
    .updateTable('webhooks')
    .set({ ...columns(values), updated_at: sql`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteWebhook(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('webhooks').where('id', '=', id).execute()
}

/** A request was answered as it should be: the hook is well again. */
export async function noteSuccess(tx: Tx, id: number): Promise<void> {
  await tx
    .updateTable('webhooks')
    .set({ recent_failures: 0, disabled_until: null })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('recent_failures', '>', 0), eb('disabled_until', 'is not', null)]))
    .execute()
}

/** A request failed: from the fourth in a row on the hook rests, and at the fortieth it is off, with all it still had to tell. */
export async function noteFailure(tx: Tx, id: number): Promise<void> {
  const { recent_failures: failures } = await tx
    .updateTable('webhooks')
    .set({ recent_failures: sql`least(recent_failures + 1, ${offAfter})` })
    .where('id', '=', id)
    .returning('recent_failures')
    .executeTakeFirstOrThrow()
  if (failures < restAfter) return
  const rest = restSeconds(failures) ?? 0
  await tx
    .updateTable('webhooks')
    .set({ disabled_until: sql<Date>`now() + make_interval(secs => ${rest})` })
    .where('id', '=', id)
    .execute()
  if (failures >= offAfter) await tx.deleteFrom('webhook_deliveries').where('webhook_id', '=', id).execute()
}

function ownedBy(owner: HookOwner) {
  return (eb: ExpressionBuilder<Database, 'webhooks'>) =>
    eb(owner.kind === 'project' ? 'project_id' : 'group_id', '=', owner.id)
}

function columns({
  custom_headers,
  url_variables,
  ...values
}: HookValues): Insertable<WebhookTable> & Updateable<WebhookTable> {
  return {
    ...values,
    custom_headers: JSON.stringify(custom_headers),
    url_variables: JSON.stringify(url_variables),
  }
}
