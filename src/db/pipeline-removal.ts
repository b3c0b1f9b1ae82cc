/** Removing pipelines, and what keeps a trace of them. */
import { sql } from 'kysely'
import type { Db, Tx } from './open.ts'

export interface DoomedPipeline {
  readonly id: number
  readonly iid: number
  readonly projectId: number
  readonly ref: string
  readonly sha: string
}

/** A pipeline and all its child pipelines in its own project, by id; empty when there is none. */
export async function withChildren(db: Db, pipelineId: number): Promise<DoomedPipeline[]> {
  const { rows } = await sql<DoomedPipeline>`
    with recursive family as (
      select i.* from pipelines i where i.id = ${pipelineId}
      union select c.* from pipelines c join family f on c.parent_pipeline_id = f.id and c.project_id = f.project_id)
    select id, iid, project_id as "projectId", ref, sha from family order by id`.execute(db)
  return rows
}

/**
 * Deployments outlive the pipeline that made them: who deployed what, when, and who approved it is history. So do pipelines that
 * it started in other projects.
 */
export async function detachHistory(tx: Tx, pipelineIds: readonly number[]): Promise<void> {
  const ids = [...pipelineIds]
  await sql`
    update deployments d set job_id = null, pipeline_id = null
     where d.pipeline_id = any (${ids}::bigint[])
        or d.job_id in (select id from jobs where pipeline_id = any (${ids}::bigint[]))`.execute(tx)
  await sql`
    update pipelines set parent_pipeline_id = null
     where parent_pipeline_id = any (${ids}::bigint[]) and id <> all (${ids}::bigint[])`.execute(tx)
}

export async function deletePipelines(tx: Tx, pipelineIds: readonly number[]): Promise<void> {
  await tx
    .deleteFrom('pipelines')
    .where('id', 'in', [...pipelineIds])
    .execute()
}
