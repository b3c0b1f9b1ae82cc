/** Pipeline trigger tokens (GitLab Pipeline trigger tokens API). */
import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { TriggerTable } from './tables.ts'

export type Trigger = Selectable<TriggerTable>

export interface TriggerRow extends Trigger {
  readonly owner: { readonly id: number; readonly username: string; readonly name: string; readonly state: string }
  /** When a pipeline was last made with it. */
  readonly last_used: Date | null
}

export async function triggerPage(
  db: Db,
  projectId: number,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<TriggerRow>> {
  return fetchPage(db, rows(db).where('t.project_id', '=', projectId).orderBy('t.id'), request)
}

/** One of a project's; null when it is another's or gone. */
export async function findTrigger(db: Db, projectId: number, id: number): Promise<TriggerRow | null> {
  const row = await rows(db).where('t.project_id', '=', projectId).where('t.id', '=', id).executeTakeFirst()
  return row ?? null
}

/** The one with this token; null when there is none, or none any more at that time. */
export async function triggerByToken(db: Db, digest: Buffer, now: Date): Promise<Trigger | null> {
  const row = await db
    .selectFrom('triggers')
    .selectAll()
    .where('token_digest', '=', digest)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirst()
  return row ?? null
}

/** Locks one of a project's until the transaction ends; null when it is gone. */
export async function lockTrigger(tx: Tx, projectId: number, id: number): Promise<Trigger | null> {
  const row = await tx
    .selectFrom('triggers')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row ?? null
}

/** Keeps a trigger from being deleted until the transaction ends. False when it is gone, or was no longer good at that time. */
export async function holdTrigger(tx: Tx, id: number, now: Date): Promise<boolean> {
  const row = await tx
    .selectFrom('triggers')
    .select('id')
    .where('id', '=', id)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .forShare()
    .executeTakeFirst()
  return row !== undefined
}

export async function insertTrigger(
  tx: Tx,
  trigger: {
    readonly projectId: number
    readonly ownerId: number
    readonly description: string
    readonly token: string
    readonly digest: Buffer
    readonly expiresAt: Date | null
  },
): Promise<Trigger> {
  return tx
    .insertInto('triggers')
    .values({
      project_id: trigger.projectId,
      owner_id: trigger.ownerId,
      description: trigger.description,
      token: trigger.token,
      token_digest: trigger.digest,
      expires_at: trigger.expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function describeTrigger(tx: Tx, id: number, description: string): Promise<void> {
  await tx.updateTable('triggers').set({ description, updated_at: sql<Date>`now()` }).where('id', '=', id).execute()
}

export async function deleteTrigger(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('triggers').where('id', '=', id).execute()
}

function rows(db: Db) {
  return db
    .selectFrom('triggers as t')
    .innerJoin('users as u', 'u.id', 't.owner_id')
    .selectAll('t')
    .select([
      sql<TriggerRow['owner']>`
        jsonb_build_object('id', u.id, 'username', u.username, 'name', u.name, 'state', u.state)`.as('owner'),
      sql<Date | null>`(select max(i.created_at) from pipelines i where i.trigger_id = t.id)`.as('last_used'),
    ])
}
