/** What one pipeline owes another (table pipeline_errands): written with the cause, done in a transaction of its own. */
import { sql } from 'kysely'
import { completedPipelineStatuses } from '../domain/pipeline.ts'
import type { Db, Tx } from './open.ts'
import { notify } from './wake.ts'

export interface Errand {
  readonly pipelineId: number
  /** `cancel` this pipeline; or `resume_upstream`: the trigger job that made it follows it again. */
  readonly kind: 'cancel' | 'resume_upstream'
  /** Null: the server. */
  readonly userId: number | null
}

/** Errands in the order in which they came up. */
export async function openErrands(db: Db): Promise<Errand[]> {
  return db
    .selectFrom('pipeline_errands')
    .select(['pipeline_id as pipelineId', 'kind', 'user_id as userId'])
    .orderBy('created_at')
    .limit(200)
    .execute()
}

/** Removes an errand because this transaction does it. False: somebody else did. */
export async function takeErrand(tx: Tx, errand: Errand): Promise<boolean> {
  const row = await tx
    .deleteFrom('pipeline_errands')
    .where('pipeline_id', '=', errand.pipelineId)
    .where('kind', '=', errand.kind)
    .returning('pipeline_id')
    .executeTakeFirst()
  return row !== undefined
}

/** The child pipelines that are not over are to be cancelled too (GitLab: cancelling reaches children, not other projects). */
export async function cancelChildrenOf(tx: Tx, pipelineId: number, userId: number | null): Promise<void> {
  const { rows } = await sql`
    insert into pipeline_errands (pipeline_id, kind, user_id)
    select id, 'cancel', ${userId}::bigint from pipelines
     where parent_pipeline_id = ${pipelineId} and status <> all (${[...completedPipelineStatuses]}::text[])
    on conflict do nothing
    returning pipeline_id`.execute(tx)
  if (rows.length > 0) await notify(tx, 'bridges')
}

/** Jobs of this pipeline run again by a person's hand: a trigger job that waited for its end is not over any more. */
export async function resumeUpstreamOf(tx: Tx, pipelineId: number, userId: number): Promise<void> {
  const { rows } = await sql`
    insert into pipeline_errands (pipeline_id, kind, user_id)
    select p.id, 'resume_upstream', ${userId}::bigint
      from pipelines p join jobs b on b.id = p.upstream_job_id
     where p.id = ${pipelineId} and not b.retried and b.plan->'trigger'->>'strategy' is not null
    on conflict do nothing
    returning pipeline_id`.execute(tx)
  if (rows.length > 0) await notify(tx, 'bridges')
}
