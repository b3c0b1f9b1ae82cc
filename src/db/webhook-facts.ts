/** What the bodies of webhooks say besides what the queue kept (app/hook-payload.ts). */
import { sql } from 'kysely'
import type { Tier } from '../domain/environment.ts'
import type { Db } from './open.ts'

export type HookProject = Awaited<ReturnType<typeof hookProject>> & {}

/** Null when the project is gone. */
export async function hookProject(db: Db, id: number) {
  const row = await db
    .selectFrom('projects as p')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .select(['p.id', 'p.name', 'p.description', 'p.full_path', 'p.visibility', 'p.default_branch', 'p.ci_config_path'])
    .select(['n.name as namespace_name', 'n.full_name as namespace_full_name'])
    .where('p.id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** A person as far as receivers are told. */
export interface HookPerson {
  readonly id: number
  readonly name: string
  readonly username: string
  readonly state: string
  readonly profile: Readonly<Record<string, string>>
}

/** Null when there is no such user. */
export async function hookPerson(db: Db, id: number): Promise<HookPerson | null> {
  const row = await db
    .selectFrom('users')
    .select(['id', 'name', 'username', 'state', 'profile'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** A deployment with its environment and who deploys; null when it is gone. */
export async function hookDeployment(db: Db, id: number) {
  const row = await db
    .selectFrom('deployments as d')
    .innerJoin('environments as e', 'e.id', 'd.environment_id')
    .leftJoin('jobs as j', 'j.id', 'd.job_id')
    .select(['d.id', 'd.job_id', 'd.ref', 'd.sha', 'd.updated_at', 'e.name', 'e.tier', 'e.slug', 'e.external_url'])
    .select((eb) => eb.fn.coalesce('j.user_id', 'd.user_id').as('user_id'))
    .where('d.id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** An approval rule as it is now; null when it is gone. */
export async function hookRule(db: Db, id: number) {
  const row = await db
    .selectFrom('approval_rules as r')
    .leftJoin('users as u', 'u.id', 'r.user_id')
    .leftJoin('namespaces as n', 'n.id', 'r.group_id')
    .select(['r.id', 'r.user_id', 'r.group_id', 'r.access_level', 'r.required_approvals', 'r.group_inheritance_type'])
    .select(['u.name as user_name', 'n.name as group_name'])
    .where('r.id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** Ids of a pipeline's current jobs without trigger jobs, in the order of their stages. */
export async function hookJobIds(db: Db, pipelineId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('pipeline_id', '=', pipelineId)
    .where('retried', '=', false)
    .where('is_bridge', '=', false)
    .orderBy('stage_index')
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

/** Tags of runners by id. */
export async function runnerTags(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, string[]>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('runners').select(['id', 'tag_list']).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row.tag_list]))
}

/** Tiers of environments by id. */
export async function environmentTiers(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, Tier>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('environments').select(['id', 'tier']).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row.tier]))
}

export interface HookPipelineExtras {
  readonly stages: string[]
  readonly protected: boolean
  readonly source: {
    readonly job_id: number
    readonly pipeline_id: number
    readonly project_id: number
    readonly full_path: string
  } | null
}

/** What of a pipeline its API entity does not say; null when it is gone. */
export async function hookPipelineExtras(db: Db, pipelineId: number): Promise<HookPipelineExtras | null> {
  const { rows } = await sql<HookPipelineExtras>`
    select p.protected,
           array(select stage from jobs where pipeline_id = p.id group by stage order by min(stage_index)) as stages,
           (select jsonb_build_object('job_id', b.id, 'pipeline_id', b.pipeline_id, 'project_id', u.id, 'full_path', u.full_path)
              from jobs b join projects u on u.id = b.project_id where b.id = p.upstream_job_id) as source
      from pipelines p where p.id = ${pipelineId}`.execute(db)
  return rows[0] ?? null
}
