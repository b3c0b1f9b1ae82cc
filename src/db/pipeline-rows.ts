/** Pipelines as the API shows them. */
import { type Selectable, sql } from 'kysely'
import type { PipelineBasicRow } from './job-rows.ts'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { PipelineVariableTable } from './tables.ts'

export type PipelineRow = PipelineBasicRow & { readonly name: string | null }

/** Of a list. */
export type PipelineListRow = PipelineRow & Pick<PipelineDetailRow, 'person' | 'run_seconds'>

export interface PipelineDetailRow extends PipelineRow {
  readonly before_sha: string
  readonly tag: boolean
  readonly yaml_errors: string | null
  readonly failure_reason: string | null
  readonly started_at: Date | null
  readonly finished_at: Date | null
  readonly committed_at: Date | null
  readonly created_at: Date
  readonly person: {
    readonly id: number
    readonly username: string
    readonly name: string
    readonly state: string
  } | null
  /** Seconds in which at least one job ran. */
  readonly run_seconds: number | null
  readonly coverage: number | null
  readonly has_warnings: boolean
}

export interface PipelineFilter {
  readonly projectId: number
  /** Only the newest pipeline of each of these branches or tags. */
  readonly latestOf?: { readonly tag: boolean; readonly names: readonly string[] } | undefined
  readonly statuses?: readonly PipelineRow['status'][] | undefined
  readonly source?: string | undefined
  readonly scheduleId?: number | undefined
  readonly ref?: string | undefined
  readonly sha?: string | undefined
  readonly yamlErrors?: boolean | undefined
  readonly username?: string | undefined
  readonly updatedAfter?: Date | undefined
  readonly updatedBefore?: Date | undefined
  readonly createdAfter?: Date | undefined
  readonly createdBefore?: Date | undefined
  readonly name?: string | undefined
  readonly orderBy: 'id' | 'status' | 'ref' | 'updated_at' | 'user_id'
  readonly sort: 'asc' | 'desc'
}

const basic = [
  'i.id',
  'i.iid',
  'i.project_id',
  'i.sha',
  'i.ref',
  'i.status',
  'i.source',
  'i.created_at',
  'i.updated_at',
  'i.name',
] as const

function rows(db: Db) {
  return db
    .selectFrom('pipelines as i')
    .innerJoin('projects as pr', 'pr.id', 'i.project_id')
    .select(basic)
    .select('pr.full_path as project_path')
}

/** With who started it and how long its jobs ran. */
function rowsWithPeople(db: Db) {
  return rows(db)
    .leftJoin('users as u', 'u.id', 'i.user_id')
    .select([
      sql<PipelineDetailRow['person']>`case when u.id is not null then
        jsonb_build_object('id', u.id, 'username', u.username, 'name', u.name, 'state', u.state) end`.as('person'),
      sql<number | null>`(select extract(epoch from sum(upper(part) - lower(part)))::float8 from unnest((
          select range_agg(tstzrange(j.started_at, greatest(coalesce(j.finished_at, now()), j.started_at)))
            from jobs j where j.pipeline_id = i.id and j.started_at is not null)) part)`.as('run_seconds'),
    ])
}

/** One page (GitLab PipelinesFinder: child pipelines only when the source asks for them). */
export async function listPipelines(
  db: Db,
  filter: PipelineFilter,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<PipelineListRow>> {
  let query = rowsWithPeople(db).where('i.project_id', '=', filter.projectId)
  query =
    filter.source === undefined
      ? query.where('i.source', '<>', 'parent_pipeline')
      : query.where('i.source', '=', filter.source)
  if (filter.scheduleId !== undefined) query = query.where('i.schedule_id', '=', filter.scheduleId)
  if (filter.latestOf) {
    const { tag, names } = filter.latestOf
    query = query.where('i.id', 'in', (eb) =>
      eb
        .selectFrom('pipelines as newest')
        .select((of) => of.fn.max<number>('newest.id').as('id'))
        .where('newest.project_id', '=', filter.projectId)
        .where('newest.tag', '=', tag)
        .where('newest.source', '<>', 'parent_pipeline')
        .where(sql<boolean>`newest.ref = any (${names}::text[])`)
        .groupBy('newest.ref'),
    )
  }
  const { statuses } = filter
  if (statuses) query = query.where(sql<boolean>`i.status = any (${[...statuses]}::text[])`)
  if (filter.ref !== undefined) query = query.where('i.ref', '=', filter.ref)
  if (filter.sha !== undefined) query = query.where('i.sha', '=', filter.sha)
  if (filter.yamlErrors !== undefined) query = query.where('i.yaml_errors', filter.yamlErrors ? 'is not' : 'is', null)
  const { username } = filter
  if (username !== undefined) {
    query = query.where('i.user_id', '=', (eb) =>
      eb.selectFrom('users').select('users.id').where(sql`lower(users.username)`, '=', username.toLowerCase()),
    )
  }
  if (filter.updatedAfter) query = query.where('i.updated_at', '>=', filter.updatedAfter)
  if (filter.updatedBefore) query = query.where('i.updated_at', '<=', filter.updatedBefore)
  if (filter.createdAfter) query = query.where('i.created_at', '>=', filter.createdAfter)
  if (filter.createdBefore) query = query.where('i.created_at', '<=', filter.createdBefore)
  if (filter.name !== undefined) query = query.where('i.name', '=', filter.name)
  query = query.orderBy(`i.${filter.orderBy}`, filter.sort)
  if (filter.orderBy !== 'id') query = query.orderBy('i.id', filter.sort)
  return fetchPage(db, query, request)
}

/** One pipeline of a project; null when it is another project's or none. */
export async function findPipeline(db: Db, projectId: number, id: number): Promise<PipelineDetailRow | null> {
  const row = await rowsWithPeople(db)
    .select([
      'i.before_sha',
      'i.tag',
      'i.yaml_errors',
      'i.failure_reason',
      'i.started_at',
      'i.finished_at',
      'i.committed_at',
    ])
    .select([
      sql<number | null>`(select avg(j.coverage) from jobs j
          where j.pipeline_id = i.id and not j.retried and j.coverage is not null)`.as('coverage'),
      sql<boolean>`exists (select 1 from jobs j where j.pipeline_id = i.id and not j.retried and j.allow_failure
          and j.status in ('failed', 'canceled'))`.as('has_warnings'),
    ])
    .where('i.project_id', '=', projectId)
    .where('i.id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** The newest pipeline of a schedule; null when it has made none. */
export async function lastPipelineOf(db: Db, scheduleId: number): Promise<PipelineRow | null> {
  const row = await rows(db).where('i.schedule_id', '=', scheduleId).orderBy('i.id', 'desc').limit(1).executeTakeFirst()
  return row ?? null
}

/** Id of the newest pipeline for this commit on this branch; child pipelines do not count. */
export async function latestPipelineId(
  db: Db,
  at: { readonly projectId: number; readonly ref: string; readonly sha: string },
): Promise<number | null> {
  const row = await db
    .selectFrom('pipelines')
    .select('id')
    .where('project_id', '=', at.projectId)
    .where('ref', '=', at.ref)
    .where('tag', '=', false)
    .where('sha', '=', at.sha)
    .where('source', '<>', 'parent_pipeline')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

/** What was wrong with a pipeline's configuration; null: nothing. */
export async function yamlErrors(db: Db, pipelineId: number): Promise<string | null> {
  const row = await db.selectFrom('pipelines').select('yaml_errors').where('id', '=', pipelineId).executeTakeFirst()
  return row?.yaml_errors ?? null
}

export type PipelineVariableRow = Omit<Selectable<PipelineVariableTable>, 'pipeline_id'>

/** The variables a pipeline was started with, by key. */
export async function pipelineVariables(db: Db, pipelineId: number): Promise<PipelineVariableRow[]> {
  return db
    .selectFrom('pipeline_variables')
    .select(['key', 'value', 'variable_type', 'raw'])
    .where('pipeline_id', '=', pipelineId)
    .orderBy('key')
    .execute()
}

/** Names a pipeline; an empty name is none. */
export async function setPipelineName(tx: Tx, pipelineId: number, name: string | null): Promise<void> {
  await tx.updateTable('pipelines').set({ name, updated_at: sql<Date>`now()` }).where('id', '=', pipelineId).execute()
}

export interface JobNeeds {
  readonly jobId: number
  readonly name: string
  /** Names of jobs; null: it waits for the stages before its own. */
  readonly needs: readonly string[] | null
}

/** What each current job of a pipeline waits for. */
export async function pipelineNeeds(db: Db, pipelineId: number): Promise<readonly JobNeeds[]> {
  const { rows: found } = await sql<JobNeeds>`
    select j.id as "jobId", j.name,
           case when jsonb_typeof(j.plan->'needs') = 'array'
                then array(select n.name from job_needs n where n.job_id = j.id order by n.name) end as needs
      from jobs j where j.pipeline_id = ${pipelineId} and not j.retried order by j.id`.execute(db)
  return found
}
