/** Everything about one job that its variables and its order to a runner are made of. */
import { sql } from 'kysely'
import type { JobPlan, Variable } from '../domain/plan.ts'
import type { Db } from './open.ts'

export interface JobContext {
  readonly id: number
  readonly name: string
  readonly stage: string
  readonly when: string
  readonly plan: JobPlan
  readonly timeout: number
  readonly queuedSeconds: number
  readonly startedAt: Date | null
  readonly pipeline: {
    readonly id: number
    readonly source: string
    readonly ref: string
    readonly tag: boolean
    readonly sha: string
    readonly beforeSha: string
    readonly protected: boolean
    readonly predefined: Variable[]
  }
  readonly project: {
    readonly id: number
    readonly name: string
    readonly fullPath: string
    readonly namespaceId: number
    readonly namespacePath: string
    /** The group, or person's namespace, at the top. */
    readonly rootNamespaceId: number
    readonly visibility: string
    readonly gitDepth: number | null
    /** How often its runner caches were cleared; null: never. */
    readonly cacheIndex: number | null
  }
  readonly user: {
    readonly id: number
    readonly email: string
    readonly username: string
    readonly name: string
    /** In the project; 0 for none. */
    readonly role: number
  } | null
  readonly runner: {
    readonly id: number
    readonly type: 'instance_type' | 'group_type' | 'project_type'
    readonly description: string | null
    readonly tags: string[]
    readonly maximumTimeout: number | null
  } | null
  readonly environment: {
    readonly id: number
    readonly name: string
    readonly slug: string
    readonly tier: string
    readonly protected: boolean
  } | null
  readonly pipelineVariables: StoredVariable[]
  readonly playVariables: { readonly key: string; readonly value: string }[]
}

export interface StoredVariable {
  readonly key: string
  readonly value: string
  readonly variable_type: 'env_var' | 'file'
  readonly raw: boolean
}

/** Null when there is no such job. */
export async function jobContext(db: Db, jobId: number): Promise<JobContext | null> {
  const { rows } = await sql<JobContext>`
    select j.id, j.name, j.stage, j."when", j.plan, j.timeout, j.started_at as "startedAt",
           coalesce(extract(epoch from now() - j.queued_at), 0)::float8 as "queuedSeconds",
           jsonb_build_object('id', i.id, 'source', i.source, 'ref', i.ref, 'tag', i.tag, 'sha', i.sha, 'beforeSha', i.before_sha,
                              'protected', i.protected, 'predefined', i.predefined) as pipeline,
           jsonb_build_object('id', p.id, 'name', p.name, 'fullPath', p.full_path, 'namespaceId', p.namespace_id,
                              'namespacePath', n.full_path, 'rootNamespaceId', n.traversal_ids[1],
                              'visibility', p.visibility, 'gitDepth', p.ci_default_git_depth, 'cacheIndex', p.jobs_cache_index) as project,
           case when u.id is not null then
             jsonb_build_object('id', u.id, 'email', u.email, 'username', u.username, 'name', u.name,
                                'role', project_role(u.id, p.id)) end as "user",
           case when r.id is not null then
             jsonb_build_object('id', r.id, 'type', r.runner_type, 'description', r.description, 'tags', r.tag_list, 'maximumTimeout', r.maximum_timeout) end as runner,
           case when e.id is not null then
             jsonb_build_object('id', e.id, 'name', e.name, 'slug', e.slug, 'tier', e.tier, 'protected',
               exists (select 1 from environment_protections v where v.environment_id = e.id)) end as environment,
           coalesce((select jsonb_agg(jsonb_build_object('key', v.key, 'value', v.value, 'variable_type', v.variable_type, 'raw', v.raw) order by v.key)
                       from pipeline_variables v where v.pipeline_id = i.id), '[]') as "pipelineVariables",
           coalesce((select jsonb_agg(jsonb_build_object('key', v.key, 'value', v.value) order by v.key)
                       from job_variables v where v.job_id = j.id and v.source = 'play'), '[]') as "playVariables"
      from jobs j
      join pipelines i on i.id = j.pipeline_id
      join projects p on p.id = j.project_id
      join namespaces n on n.id = p.namespace_id
      left join users u on u.id = j.user_id
      left join runners r on r.id = j.runner_id
      left join environments e on e.id = j.environment_id
     where j.id = ${jobId}`.execute(db)
  return rows[0] ?? null
}

/** How many jobs of a project instance runners run now, counted to `most`. */
export async function runningOnInstanceRunners(db: Db, projectId: number, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count
      from (select 1 from jobs j join runners r on r.id = j.runner_id
             where j.status in ('running', 'canceling') and j.project_id = ${projectId} and r.runner_type = 'instance_type'
             limit ${most}) counted`.execute(db)
  return rows[0]?.count ?? 0
}

/** Variables that finished jobs left for this one in dotenv reports: by its needs, else by all jobs of earlier stages. */
export async function inheritedDotenv(db: Db, jobId: number): Promise<{ key: string; value: string }[]> {
  const { rows } = await sql<{ key: string; value: string }>`
    select v.key, v.value
      from jobs j
      join jobs o on o.pipeline_id = j.pipeline_id and not o.retried and o.id <> j.id
      join job_variables v on v.job_id = o.id and v.source = 'dotenv'
     where j.id = ${jobId}
       and case
             when jsonb_typeof(j.plan->'dependencies') = 'array' then (j.plan->'dependencies') ? o.name
             when jsonb_typeof(j.plan->'needs') = 'array'
               then exists (select 1 from job_needs n where n.job_id = j.id and n.name = o.name and n.artifacts)
             else o.stage_index < j.stage_index end
     order by o.stage_index, o.id, v.key`.execute(db)
  return rows
}
