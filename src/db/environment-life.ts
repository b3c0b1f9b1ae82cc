/** Which environments may be stopped or deleted now, and by which jobs (reference gitlab-deployments.md 4.1, 5.6). */
import { sql } from 'kysely'
import type { Environment } from './environments.ts'
import type { Db, Tx } from './open.ts'

/** Whether a group protects the environment by its tier, and this person neither owns every such group nor administers. */
export async function tierIsOthers(db: Db, userId: number, environmentId: number): Promise<boolean> {
  const { rows } = await sql<{ others: boolean }>`
    select exists (select 1 from environment_protections v
                    where v.environment_id = ${environmentId} and v.owner_group_id is not null
                      and group_role(${userId}, v.owner_group_id) < 50
                      and not exists (select 1 from users u where u.id = ${userId} and u.is_admin)) as others`.execute(
    db,
  )
  return rows[0]?.others ?? false
}

/** The id of the deployment that the environment runs now; null before the first. */
export async function lastSuccessfulDeployment(db: Db, environmentId: number): Promise<number | null> {
  const row = await db
    .selectFrom('deployments')
    .select('id')
    .where('environment_id', '=', environmentId)
    .where('status', '=', 'success')
    .orderBy(sql`finished_at desc nulls last`)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row?.id ?? null
}

export interface StopJob {
  readonly id: number
  readonly pipelineId: number
  /** Null: their account is gone. */
  readonly userId: number | null
  /** It has not been started yet. */
  readonly waits: boolean
}

/**
 * The manual jobs that the finished deployments of the environment's last finished pipeline name with `on_stop`. A job that has
 * run already is run again.
 */
export async function stopJobsOf(db: Db, environmentId: number): Promise<StopJob[]> {
  const { rows } = await sql<StopJob>`
    with last as (
      select pipeline_id from deployments
       where environment_id = ${environmentId} and pipeline_id is not null and status in ('success', 'failed', 'canceled')
       order by finished_at desc nulls last, id desc limit 1)
    select j.id, j.pipeline_id as "pipelineId", j.user_id as "userId", j.status = 'manual' as waits
      from jobs j
     where j.pipeline_id = (select pipeline_id from last) and not j.retried
       and j.environment_id = ${environmentId} and j.environment_action = 'stop' and j."when" = 'manual'
       and j.status in ('manual', 'success', 'failed', 'canceled')
       and j.name in (select d.on_stop from deployments d join jobs o on o.id = d.job_id
                       where d.pipeline_id = j.pipeline_id and d.environment_id = ${environmentId} and not o.retried
                         and d.status in ('success', 'failed', 'canceled') and d.on_stop is not null)
     order by j.id`.execute(db)
  return rows
}

/** Pipelines in which something still goes on for this environment, in the order their leases are taken. */
export async function pipelinesAtWork(db: Db, environmentId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('deployments')
    .select('pipeline_id')
    .distinct()
    .where('environment_id', '=', environmentId)
    .where('status', 'in', ['created', 'blocked', 'running'])
    .where('pipeline_id', 'is not', null)
    .orderBy('pipeline_id')
    .execute()
  return rows.flatMap((row) => row.pipeline_id ?? [])
}

/** Open, unprotected environments that were neither changed nor deployed to since `before`. */
export async function staleEnvironments(db: Db, projectId: number, before: Date): Promise<{ id: number }[]> {
  return db
    .selectFrom('environments as e')
    .select('e.id')
    .where('e.project_id', '=', projectId)
    .where('e.state', '=', 'available')
    .where('e.updated_at', '<', before)
    .where(
      sql<boolean>`not exists (select 1 from deployments d where d.environment_id = e.id and d.updated_at >= ${before})`,
    )
    .where(sql<boolean>`not exists (select 1 from environment_protections v where v.environment_id = e.id)`)
    .orderBy('e.id')
    .execute()
}

/** Stopped environments of the folder `review` that nobody has asked to delete yet, oldest first, locked. */
export async function lockStoppedReviewApps(
  tx: Tx,
  query: { readonly projectId: number; readonly before: Date; readonly limit: number },
): Promise<Environment[]> {
  return tx
    .selectFrom('environments')
    .selectAll()
    .where('project_id', '=', query.projectId)
    .where('state', '=', 'stopped')
    .where('name', 'like', 'review/%')
    .where('auto_delete_at', 'is', null)
    .where('created_at', '<', query.before)
    .orderBy('created_at')
    .orderBy('id')
    .limit(query.limit)
    .forNoKeyUpdate()
    .execute()
}

/** Which of these environments protection keeps this person out of. */
export async function keptOutOf(
  db: Db,
  userId: number,
  environmentIds: readonly number[],
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ id: number }>`
    select id from unnest(${[...environmentIds]}::bigint[]) as id where not may_deploy(${userId}, id)`.execute(db)
  return new Set(rows.map((row) => row.id))
}

export async function scheduleDeletion(tx: Tx, environmentIds: readonly number[], at: Date): Promise<void> {
  await tx
    .updateTable('environments')
    .set({ auto_delete_at: at })
    .where('id', 'in', [...environmentIds])
    .execute()
}

/** What time itself does to environments. */
export interface DueEnvironments {
  /** Their timer has run out. */
  readonly toStop: readonly Due[]
  /** They wait for stop jobs that nobody has started: the server ended between the two. */
  readonly toResume: readonly Due[]
  /** Stopping for longer than a week: their stop jobs failed. */
  readonly toReopen: readonly Due[]
  /** Stopped review apps whose time has come. */
  readonly toDelete: readonly Due[]
}

interface Due {
  readonly id: number
  readonly projectId: number
}

const batch = 200

/** At most 200 of each kind; the rest is found the next time. */
export async function dueEnvironments(db: Db, now: Date): Promise<DueEnvironments> {
  const due = db
    .selectFrom('environments as e')
    .select(['e.id', 'e.project_id as projectId'])
    .orderBy('e.id')
    .limit(batch)
  const minute = 60_000
  const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds)
  const stopping = due.where('e.state', '=', 'stopping')
  const [toStop, toResume, toReopen, toDelete] = await Promise.all([
    due.where('e.state', '=', 'available').where('e.auto_stop_at', '<', now).execute(),
    stopping.where('e.updated_at', '<', ago(minute)).where('e.updated_at', '>=', ago(week)).execute(),
    stopping.where('e.updated_at', '<', ago(week)).execute(),
    due.where('e.state', '=', 'stopped').where('e.auto_delete_at', '<', now).execute(),
  ])
  return { toStop, toResume, toReopen, toDelete }
}

const week = 7 * 24 * 3_600_000
