/** Trigger jobs: which are due, and what launching or following one looks at (domain/bridge.ts). */
import { type Selectable, sql } from 'kysely'
import type { JobStatus } from '../domain/job.ts'
import type { PipelineStatus } from '../domain/pipeline.ts'
import type { JobPlan } from '../domain/plan.ts'
import type { Db, Tx } from './open.ts'
import type { PipelineTable } from './tables.ts'

export interface BridgePlace {
  readonly id: number
  readonly pipelineId: number
}

/**
 * A server that began to launch a trigger job and said no more has this long, in seconds, until another one tries. Should it be at it
 * still, a configuration is compiled twice, and nothing else.
 */
const launchPatience = 10

/** Pending trigger jobs whose downstream pipeline is still to be made, and that nobody is busy with. */
export async function waitingBridges(db: Db): Promise<BridgePlace[]> {
  return db
    .selectFrom('jobs')
    .select(['id', 'pipeline_id as pipelineId'])
    .where('is_bridge', '=', true)
    .where('status', '=', 'pending')
    .where('started_at', 'is', null)
    .where(untouched)
    .orderBy('id')
    .limit(200)
    .execute()
}

const untouched = sql<boolean>`(contacted_at is null or contacted_at < now() - make_interval(secs => ${launchPatience}))`

/**
 * Takes a waiting trigger job for this server. Only so that not every server compiles the same configuration: that there is one
 * downstream pipeline is decided under the lease.
 */
export async function takeBridge(tx: Tx, id: number): Promise<boolean> {
  const row = await tx
    .updateTable('jobs')
    .set({ contacted_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('started_at', 'is', null)
    .where(untouched)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Trigger jobs that were launched and are not over. */
export async function launchedBridges(db: Db): Promise<BridgePlace[]> {
  return db
    .selectFrom('jobs')
    .select(['id', 'pipeline_id as pipelineId'])
    .where('is_bridge', '=', true)
    .where('status', 'in', ['pending', 'running', 'manual'])
    .where('started_at', 'is not', null)
    .orderBy('id')
    .execute()
}

export interface Bridge {
  readonly id: number
  readonly pipelineId: number
  readonly projectId: number
  readonly userId: number | null
  readonly status: JobStatus
  readonly retried: boolean
  readonly plan: JobPlan
  /** A person retried it: they asked for what it makes. */
  readonly retriedByPerson: boolean
  readonly launched: boolean
  readonly resourceGroupId: number | null
  readonly allowFailure: boolean
  /** The workflow wants the rest of the pipeline cancelled when a job fails. */
  readonly cancelOnFailure: boolean
  readonly downstream: { readonly id: number; readonly status: PipelineStatus; readonly created: boolean } | null
}

/** Null when there is no such trigger job. */
export async function findBridge(db: Db, id: number): Promise<Bridge | null> {
  const { rows } = await sql<Bridge>`
    select b.id, b.pipeline_id as "pipelineId", b.project_id as "projectId", b.user_id as "userId", b.status, b.retried, b.plan,
           b.retry_of is not null and b.retries = 0 as "retriedByPerson", b.started_at is not null as launched,
           b.resource_group_id as "resourceGroupId", b.allow_failure as "allowFailure",
           p.auto_cancel_on_job_failure = 'all' as "cancelOnFailure",
           case when d.id is not null then
             jsonb_build_object('id', d.id, 'status', d.status, 'created', d.failure_reason is null) end as downstream
      from jobs b join pipelines p on p.id = b.pipeline_id left join pipelines d on d.id = b.downstream_pipeline_id
     where b.id = ${id} and b.is_bridge`.execute(db)
  return rows[0] ?? null
}

/** The trigger job that made a pipeline; null: none did. */
export async function sourceBridge(db: Db, pipelineId: number): Promise<BridgePlace | null> {
  const row = await db
    .selectFrom('pipelines as p')
    .innerJoin('jobs as b', 'b.id', 'p.upstream_job_id')
    .select(['b.id', 'b.pipeline_id as pipelineId'])
    .where('p.id', '=', pipelineId)
    .executeTakeFirst()
  return row ?? null
}

export type UpstreamPipeline = Pick<
  Selectable<PipelineTable>,
  'id' | 'ref' | 'tag' | 'sha' | 'before_sha' | 'requester_id'
>

/** A pipeline that has a trigger job, and its place among the pipelines that led to it and came from it. */
export interface Lineage {
  readonly pipeline: UpstreamPipeline
  readonly depth: number
  readonly hierarchySize: number
  readonly lineage: readonly string[]
}

/** @param limit where counting the tree stops */
export async function lineageOf(db: Db, pipelineId: number, limit: number): Promise<Lineage> {
  const { rows } = await sql<UpstreamPipeline & Omit<Lineage, 'pipeline'>>`
    with recursive up as (
      select p.id, p.parent_pipeline_id, p.project_id, p.ref, p.source, p.upstream_job_id, 1 as distance, true as same
        from pipelines p where p.id = ${pipelineId}
      union all
      select q.id, q.parent_pipeline_id, q.project_id, q.ref, q.source, q.upstream_job_id, up.distance + 1,
             up.same and up.parent_pipeline_id is not null
        from up join jobs b on b.id = up.upstream_job_id join pipelines q on q.id = b.pipeline_id
       where up.distance <= ${limit}
    ), down as (
      select id from (select id from up order by distance desc limit 1) root
      union all
      select c.id from down join jobs b on b.pipeline_id = down.id and b.is_bridge join pipelines c on c.upstream_job_id = b.id
    )
    select p.id, p.ref, p.tag, p.sha, p.before_sha, p.requester_id,
           (select count(*) from up where same)::int as depth,
           (select count(*) from (select 1 from down limit ${limit}) counted)::int as "hierarchySize",
           (select array_agg(project_id || ' ' || source || ' ' || ref order by distance) from up
             where source <> 'parent_pipeline') as lineage
      from pipelines p where p.id = ${pipelineId}`.execute(db)
  const row = rows[0]
  if (!row) throw new Error(`pipeline ${pipelineId} is gone`)
  const { depth, hierarchySize, lineage, ...pipeline } = row
  return { pipeline, depth, hierarchySize, lineage: lineage ?? [] }
}

/** Id of the job of this name that counts; null when there is none. */
export async function currentJobNamed(db: Db, pipelineId: number, name: string): Promise<number | null> {
  const row = await db
    .selectFrom('jobs')
    .select('id')
    .where('pipeline_id', '=', pipelineId)
    .where('name', '=', name)
    .where('retried', '=', false)
    .executeTakeFirst()
  return row?.id ?? null
}

/** Connects a trigger job with the pipeline that it made. */
export async function linkDownstream(tx: Tx, bridgeId: number, pipelineId: number): Promise<void> {
  await tx.updateTable('jobs').set({ downstream_pipeline_id: pipelineId }).where('id', '=', bridgeId).execute()
}
