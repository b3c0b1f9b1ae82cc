/** Events on their way into the queue of webhooks: in the transaction of the change that they tell. */
import { randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import { type HookEventDetails, type HookEventName, hookEvents, offAfter } from '../domain/webhook.ts'
import type { Tx } from './open.ts'

export interface HookEvent {
  readonly event: HookEventName
  readonly projectId: number
  readonly subjectId: number
  readonly details: HookEventDetails
  /** Only these hooks; otherwise all that ask for the event. */
  readonly hookIds?: readonly number[]
}

/** Wakes the task that delivers (worker/tasks.ts). */
export const hookChannel = 'webhooks'

/**
 * Whether any hook of a project asks for an event, as a column of a statement that is made anyway: projects without hooks pay no
 * round trip.
 * @param projectId the column that names the project
 */
export function hooked(event: HookEventName, projectId: string): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from hooks_of(${sql.ref(projectId)}) h
    where h.recent_failures < ${offAfter} and ${sql.ref(`h.${hookEvents[event].flag}`)})`
}

/** The same as a question of its own, where there is no statement to join. */
export async function asksFor(tx: Tx, projectId: number, event: HookEventName): Promise<boolean> {
  const row = await tx
    .selectFrom('projects')
    .select(hooked(event, 'projects.id').as('hooked'))
    .where('id', '=', projectId)
    .executeTakeFirst()
  return row?.hooked ?? false
}

const asked = sql.join(
  Object.entries(hookEvents).map(([event, { flag }]) => sql`when ${sql.lit(event)} then ${sql.ref(`h.${flag}`)}`),
  sql` `,
)

/** Queues events, in this order, for every hook that asks for them. One statement. */
export async function queueEvents(tx: Tx, events: readonly HookEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map((event, position) => ({
    position,
    event: event.event,
    project_id: event.projectId,
    subject_id: event.subjectId,
    details: event.details,
    event_uuid: randomUUID(),
    hook_ids: event.hookIds ?? null,
  }))
  await sql`
    with queued as (
      insert into webhook_deliveries (webhook_id, project_id, event, subject_id, details, event_uuid)
      select h.id, e.project_id, e.event, e.subject_id, e.details, e.event_uuid
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e(
             position int, event text, project_id bigint, subject_id bigint, details jsonb, event_uuid uuid, hook_ids bigint[])
             cross join lateral hooks_of(e.project_id) h
       where h.recent_failures < ${offAfter}
         and case e.event ${asked} end
         and (e.hook_ids is null or h.id = any (e.hook_ids))
       order by e.position, h.id
      returning id)
    select pg_notify(${hookChannel}, '') where exists (select 1 from queued)`.execute(tx)
}
