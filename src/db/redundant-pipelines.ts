/** Older pipelines that a newer one for the same branch replaces (reference C7). */
import { sql } from 'kysely'
import type { CancelCandidate, OnNewCommit } from '../domain/auto-cancel.ts'
import type { Db } from './open.ts'

/** Active pipelines of the same branch, of another commit, not older than 7 days, that allow it. */
export async function redundantPipelines(
  db: Db,
  newer: { readonly pipelineId: number; readonly projectId: number; readonly ref: string; readonly sha: string },
): Promise<number[]> {
  const rows = await db
    .selectFrom('pipelines')
    .select('id')
    .where('project_id', '=', newer.projectId)
    .where('ref', '=', newer.ref)
    .where('tag', '=', false)
    .where(olderRoot(newer.pipelineId))
    .where('sha', '<>', newer.sha)
    .where('created_at', '>', sql<Date>`now() - interval '7 days'`)
    .where('auto_cancel_on_new_commit', '<>', 'none')
    .where('status', 'not in', ['success', 'failed', 'canceled', 'skipped'])
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

export interface AutoCancelFacts {
  readonly sha: string
  readonly mode: OnNewCommit
  readonly jobs: readonly CancelCandidate[]
}

/** What of an older pipeline decides how much of it a newer one ends; null when it is gone. */
export async function autoCancelFacts(db: Db, pipelineId: number): Promise<AutoCancelFacts | null> {
  const pipeline = await db
    .selectFrom('pipelines')
    .select(['sha', sql<OnNewCommit>`auto_cancel_on_new_commit`.as('mode')])
    .where('id', '=', pipelineId)
    .executeTakeFirst()
  if (!pipeline) return null
  const jobs = await db
    .selectFrom('jobs')
    .select(['id', 'status', sql<boolean>`coalesce((plan->>'interruptible')::boolean, false)`.as('interruptible')])
    .where('pipeline_id', '=', pipelineId)
    .execute()
  return { ...pipeline, jobs }
}

/** A child pipeline is as old as the pipeline at the top (GitLab: root ancestor). */
const olderRoot = (pipelineId: number) => sql<boolean>`(
  with recursive up as (
    select p.id, p.parent_pipeline_id from pipelines p where p.id = pipelines.id
    union all
    select q.id, q.parent_pipeline_id from up join pipelines q on q.id = up.parent_pipeline_id)
  select id from up where parent_pipeline_id is null) < ${pipelineId}`
