/** Pushes: noted before git moves a ref, settled together with the pipeline they cause, so that a crash in between loses none. */
import { sql } from 'kysely'
import type { Db, Tx } from './open.ts'

export interface NotedPush {
  readonly id: number
  readonly projectId: number
  readonly userId: number
  /** Full name. */
  readonly ref: string
  readonly beforeSha: string
  readonly afterSha: string
  readonly options: string[]
}

/** Notes updates that git is about to make. Answers them with their ids. */
export async function notePushes(tx: Tx, pushes: readonly Omit<NotedPush, 'id'>[]): Promise<NotedPush[]> {
  const noted: NotedPush[] = []
  for (const push of pushes) {
    const { id } = await tx
      .insertInto('pushes')
      .values({
        project_id: push.projectId,
        user_id: push.userId,
        ref: push.ref,
        before_sha: push.beforeSha,
        after_sha: push.afterSha,
        options: JSON.stringify(push.options),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    noted.push({ id, ...push })
  }
  return noted
}

/** Marks a push as dealt with. Answers false when somebody else did so first: then nothing may follow from it here. */
export async function settlePush(tx: Tx, id: number): Promise<boolean> {
  const row = await tx
    .updateTable('pushes')
    .set({ settled_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('settled_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** A push by its id, for what follows from it. */
export async function findPush(db: Db, id: number): Promise<NotedPush | null> {
  const row = await db
    .selectFrom('pushes')
    .select(['id', 'project_id as projectId', 'user_id as userId', 'ref', 'before_sha as beforeSha'])
    .select(['after_sha as afterSha', 'options'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

export interface UnsettledPush extends NotedPush {
  /** Seconds since it was noted. */
  readonly age: number
}

/** Pushes that nobody settled, noted at least this long ago, behind `afterId`, at most 200 in the order of their ids. */
export async function unsettledPushes(db: Db, olderThanSeconds: number, afterId: number): Promise<UnsettledPush[]> {
  return db
    .selectFrom('pushes')
    .select([
      'id',
      'project_id as projectId',
      'user_id as userId',
      'ref',
      'before_sha as beforeSha',
      'after_sha as afterSha',
      'options',
      sql<number>`extract(epoch from now() - created_at)::float8`.as('age'),
    ])
    .where('settled_at', 'is', null)
    .where('created_at', '<=', sql<Date>`now() - make_interval(secs => ${olderThanSeconds})`)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(200)
    .execute()
}

/** Forgets pushes that were settled long ago. Their pipelines stay. */
export async function deleteSettledPushes(tx: Tx, olderThanDays: number): Promise<void> {
  await tx
    .deleteFrom('pushes')
    .where('settled_at', '<', sql<Date>`now() - make_interval(days => ${olderThanDays}::int)`)
    .execute()
}
