/** Pipelines as processing sees them: current jobs, needs, and the pipeline's own status. */
import { sql } from 'kysely'
import { compositeStatus } from '../domain/pipeline.ts'
import type { ProcessedJob } from '../domain/process.ts'
import { apply } from './apply.ts'
import type { AuditAuthor } from './audit.ts'
import type { Db, Tx } from './open.ts'

/** The current (not retried) jobs of a pipeline, in creation order. Needs that do not exist in the pipeline are left out. */
export async function processedJobs(db: Db, pipelineId: number): Promise<ProcessedJob[]> {
  const rows = await db
    .selectFrom('jobs as j')
    .select(['j.id', 'j.name', 'j.status', 'j.when', 'j.allow_failure', 'j.stage_index'])
    .select(sql<boolean>`jsonb_typeof(j.plan->'needs') = 'array'`.as('by_needs'))
    .select(sql<string[]>`array(select n.name from job_needs n where n.job_id = j.id)`.as('needs'))
    .where('j.pipeline_id', '=', pipelineId)
    .where('j.retried', '=', false)
    .orderBy('j.id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    status: row.status,
    when: row.when,
    allowFailure: row.allow_failure,
    stageIndex: row.stage_index,
    needs: row.by_needs ? row.needs : null,
  }))
}

/** Brings the pipeline's status in line with its jobs'. A pipeline without jobs keeps its own. */
export async function setPipelineStatus(
  tx: Tx,
  pipelineId: number,
  jobs: readonly ProcessedJob[],
  author: AuditAuthor,
): Promise<void> {
  const to = compositeStatus(jobs)
  if (to === null) return
  const { status: from } = await tx
    .selectFrom('pipelines')
    .select('status')
    .where('id', '=', pipelineId)
    .executeTakeFirstOrThrow()
  if (from !== to) await apply(tx, [{ kind: 'pipeline_moved', pipelineId, from, to }], author)
}

/** Locks the resource groups of jobs that are about to start, in id order, so that two pipelines cannot both take a free one. */
export async function lockResourceGroups(tx: Tx, jobIds: readonly number[]): Promise<void> {
  if (jobIds.length === 0) return
  await tx
    .selectFrom('resource_groups')
    .select('id')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('jobs')
        .select('resource_group_id')
        .where('id', 'in', [...jobIds])
        .where('resource_group_id', 'is not', null)
        .$castTo<{ resource_group_id: number }>(),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}
