/** Jobs as the API shows them: rows with everything the entity embeds. */
import { type Selectable, sql } from 'kysely'
import type { JobStatus } from '../domain/job.ts'
import type { PipelineStatus } from '../domain/pipeline.ts'
import type { Db } from './open.ts'
import { runnerMatches, runnerMatchesOnline } from './queue.ts'
import type { JobTable, UserTable } from './tables.ts'

/** The columns of PipelineBasic; dates are texts because they come through jsonb. */
export interface PipelineBasicRow {
  readonly id: number
  readonly iid: number
  readonly project_id: number
  readonly project_path: string
  readonly sha: string
  readonly ref: string
  readonly status: PipelineStatus
  readonly source: string
  readonly created_at: string | Date
  readonly updated_at: string | Date
}

export interface JobRunnerRow {
  readonly id: number
  readonly runner_type: 'instance_type' | 'group_type' | 'project_type'
  readonly description: string | null
  readonly paused: boolean
  readonly created_at: string
  readonly contacted_at: string | null
}

export interface JobManagerRow {
  readonly id: number
  readonly system_id: string
  readonly version: string | null
  readonly revision: string | null
  readonly platform: string | null
  readonly architecture: string | null
  readonly ip: string | null
  readonly created_at: string
  readonly contacted_at: string | null
}

export interface JobArtifactRow {
  readonly file_type: string
  readonly file_format: string
  readonly filename: string
  readonly size: number
  readonly expire_at: string | null
}

const columns = [
  'j.id',
  'j.project_id',
  'j.pipeline_id',
  'j.name',
  'j.stage',
  'j.stage_index',
  'j.status',
  'j.when',
  'j.allow_failure',
  'j.is_bridge',
  'j.environment_id',
  'j.environment_action',
  'j.user_id',
  'j.failure_reason',
  'j.failure_message',
  'j.retried',
  'j.tags',
  'j.coverage',
  'j.log_size',
  'j.log_blob',
  'j.debug_log',
  'j.erased_at',
  'j.erased_by_id',
  'j.created_at',
  'j.queued_at',
  'j.started_at',
  'j.finished_at',
  'j.artifacts_expired_at',
] as const

type JobColumns = (typeof columns)[number] extends `j.${infer Name}` ? Name : never

export type JobRow = Pick<Selectable<JobTable>, JobColumns & keyof JobTable> & {
  readonly ref: string
  readonly tag: boolean
  readonly sha: string
  readonly project_path: string
  readonly pipeline: PipelineBasicRow
  readonly downstream: PipelineBasicRow | null
  readonly person:
    | (Pick<Selectable<UserTable>, 'id' | 'username' | 'name' | 'state' | 'profile' | 'user_type'> & {
        created_at: string
      })
    | null
  readonly eraser: {
    readonly id: number
    readonly username: string
    readonly name: string
    readonly state: string
  } | null
  readonly runner: JobRunnerRow | null
  readonly runner_busy: boolean
  readonly manager: JobManagerRow | null
  readonly manager_busy: boolean
  readonly environment: { readonly id: number; readonly name: string; readonly slug: string } | null
  readonly artifacts: JobArtifactRow[]
  /** Pending, and not handed to a runner yet. */
  readonly queued: boolean
  readonly has_runner: boolean
  readonly has_runner_online: boolean
}

const pipelineJson = (alias: string, path: string) => sql`
  jsonb_build_object('id', ${sql.ref(`${alias}.id`)}, 'iid', ${sql.ref(`${alias}.iid`)}, 'project_id', ${sql.ref(`${alias}.project_id`)},
    'project_path', ${sql.ref(path)}, 'sha', ${sql.ref(`${alias}.sha`)}, 'ref', ${sql.ref(`${alias}.ref`)},
    'status', ${sql.ref(`${alias}.status`)}, 'source', ${sql.ref(`${alias}.source`)},
    'created_at', ${sql.ref(`${alias}.created_at`)}, 'updated_at', ${sql.ref(`${alias}.updated_at`)})`

const working = ['running', 'canceling'] satisfies JobStatus[]

/** Every job with what its entity embeds; a caller adds its conditions and order (`j` is the job, `p` its pipeline). */
export function jobRows(db: Db) {
  const queued = sql<boolean>`(j.status = 'pending' and j.assigned_at is null)`
  return db
    .selectFrom('jobs as j')
    .innerJoin('pipelines as p', 'p.id', 'j.pipeline_id')
    .innerJoin('projects as pr', 'pr.id', 'j.project_id')
    .innerJoin('namespaces as n', 'n.id', 'pr.namespace_id')
    .leftJoin('users as u', 'u.id', 'j.user_id')
    .leftJoin('users as x', 'x.id', 'j.erased_by_id')
    .leftJoin('runners as jr', 'jr.id', 'j.runner_id')
    .leftJoin('runner_managers as jm', 'jm.id', 'j.runner_manager_id')
    .leftJoin('environments as e', 'e.id', 'j.environment_id')
    .leftJoin('pipelines as d', 'd.id', 'j.downstream_pipeline_id')
    .leftJoin('projects as dp', 'dp.id', 'd.project_id')
    .select(columns)
    .select(['p.ref', 'p.tag', 'p.sha', 'pr.full_path as project_path'])
    .select([
      sql<PipelineBasicRow>`${pipelineJson('p', 'pr.full_path')}`.as('pipeline'),
      sql<PipelineBasicRow | null>`case when d.id is not null then ${pipelineJson('d', 'dp.full_path')} end`.as(
        'downstream',
      ),
      sql<JobRow['person']>`case when u.id is not null then
        jsonb_build_object('id', u.id, 'username', u.username, 'name', u.name, 'state', u.state, 'profile', u.profile,
          'user_type', u.user_type, 'created_at', u.created_at) end`.as('person'),
      sql<JobRow['eraser']>`case when x.id is not null then
        jsonb_build_object('id', x.id, 'username', x.username, 'name', x.name, 'state', x.state) end`.as('eraser'),
      sql<JobRunnerRow | null>`case when jr.id is not null then
        jsonb_build_object('id', jr.id, 'runner_type', jr.runner_type, 'description', jr.description, 'paused', jr.paused,
          'created_at', jr.created_at, 'contacted_at', jr.contacted_at) end`.as('runner'),
      sql<boolean>`exists (select 1 from jobs b where b.runner_id = jr.id and b.status = any (${working}::text[]))`.as(
        'runner_busy',
      ),
      sql<JobManagerRow | null>`case when jm.id is not null then to_jsonb(jm) - 'features' end`.as('manager'),
      sql<boolean>`exists (select 1 from jobs b where b.runner_id = jr.id and b.runner_manager_id = jm.id
        and b.status = any (${working}::text[]))`.as('manager_busy'),
      sql<JobRow['environment']>`case when e.id is not null then
        jsonb_build_object('id', e.id, 'name', e.name, 'slug', e.slug) end`.as('environment'),
      sql<
        JobArtifactRow[]
      >`coalesce((select jsonb_agg(jsonb_build_object('file_type', a.file_type, 'file_format', a.file_format,
        'filename', a.filename, 'size', a.size, 'expire_at', a.expire_at) order by a.id)
        from job_artifacts a where a.job_id = j.id), '[]')`.as('artifacts'),
      queued.as('queued'),
      sql<boolean>`case when ${queued} then ${runnerMatches} else true end`.as('has_runner'),
      sql<boolean>`case when ${queued} then ${runnerMatchesOnline} else true end`.as('has_runner_online'),
    ])
}

/** Jobs by id; those that do not exist are left out. */
export async function jobRowsByIds(db: Db, ids: readonly number[]): Promise<Map<number, JobRow>> {
  if (ids.length === 0) return new Map()
  const rows = await jobRows(db)
    .where('j.id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** One job of a project; null when it is another project's or none. */
export async function findJobRow(db: Db, projectId: number, id: number): Promise<JobRow | null> {
  const row = await jobRows(db).where('j.project_id', '=', projectId).where('j.id', '=', id).executeTakeFirst()
  return row ?? null
}
