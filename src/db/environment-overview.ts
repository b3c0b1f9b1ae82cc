/** Environments with what runs and what waits there, for lists: one statement per page, whatever the length of their history. */
import { type SelectQueryBuilder, sql } from 'kysely'
import type { EnvironmentState, Tier } from '../domain/environment.ts'
import type { Environment } from './environments.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import { containing } from './pattern.ts'

export interface OverviewFilter {
  readonly projectId: number
  /** Null: any. */
  readonly state: EnvironmentState | null
  readonly search?: string | undefined
  /** Empty: those in no folder. */
  readonly folder?: string | undefined
  readonly tier?: Tier | undefined
  readonly environmentId?: number | undefined
}

export interface OverviewRow {
  readonly environment: Environment
  /** The last successful deployment. */
  readonly lastId: number | null
  /** Blocked, created or running, the newest first. */
  readonly upcomingIds: readonly number[]
  readonly rules: readonly { readonly name: string | null; readonly required_approvals: number }[]
  readonly isProtected: boolean
  readonly manualStart: boolean
  readonly mayDeploy: boolean
}

/** What stands before the first slash, as domain/environment.ts has it. */
const folderOf = sql<string>`case when strpos(e.name, '/') > 1 then left(e.name, strpos(e.name, '/') - 1) else '' end`
const tierOrder = sql<number>`array_position(array['production', 'staging', 'testing', 'development', 'other'], e.tier)`

/** A page by tier, production first, then by name. */
export async function environmentOverview(
  db: Db,
  filter: OverviewFilter,
  userId: number,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<OverviewRow>> {
  const page = await fetchPage(db, selected(db, filter), request)
  const ids = page.items.map((environment) => environment.id)
  const more = new Map((await surroundings(db, ids, userId)).map((row) => [row.id, row]))
  const items = page.items.flatMap((environment) => {
    const found = more.get(environment.id)
    return found ? [{ environment, ...found }] : []
  })
  return { ...page, items }
}

function selected(db: Db, filter: OverviewFilter) {
  let rows = db.selectFrom('environments as e').selectAll('e').where('e.project_id', '=', filter.projectId)
  if (filter.state !== null) rows = inState(rows, filter.state)
  if (filter.environmentId !== undefined) rows = rows.where('e.id', '=', filter.environmentId)
  if (filter.tier) rows = rows.where('e.tier', '=', filter.tier)
  if (filter.folder !== undefined) rows = rows.where(folderOf, '=', filter.folder)
  if (filter.search) rows = rows.where('e.name', 'ilike', containing(filter.search))
  return rows.orderBy(tierOrder).orderBy('e.name').orderBy('e.id')
}

/** `available` has those that are just being stopped too: they still run. */
function inState<DB, O>(
  rows: SelectQueryBuilder<DB, never, O>,
  state: EnvironmentState,
): SelectQueryBuilder<DB, never, O> {
  const states = state === 'available' ? ['available', 'stopping'] : [state]
  return rows.where(sql<boolean>`e.state = any (${states}::text[])`)
}

type Surroundings = Omit<OverviewRow, 'environment'> & { readonly id: number }

async function surroundings(db: Db, ids: readonly number[], userId: number): Promise<Surroundings[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<Surroundings>`
    select e.id,
           (select d.id from deployments d where d.environment_id = e.id and d.status = 'success'
             order by d.finished_at desc nulls last, d.id desc limit 1) as "lastId",
           array(select d.id from deployments d where d.environment_id = e.id and d.status in ('blocked', 'created', 'running')
                  order by d.id desc limit 3) as "upcomingIds",
           coalesce((select jsonb_agg(jsonb_build_object('name', r.name, 'required_approvals', r.required)
                                      order by r.owner_group_id nulls first, r.protected_environment_id, r.approval_rule_id)
                       from environment_rules r where r.environment_id = e.id), '[]') as rules,
           exists (select 1 from environment_protections v where v.environment_id = e.id) as "isProtected",
           exists (select 1 from environment_protections v where v.environment_id = e.id and v.start = 'manual') as "manualStart",
           may_deploy(${userId}::bigint, e.id) as "mayDeploy"
      from environments e
     where e.id = any (${ids}::bigint[])`.execute(db)
  return rows
}

/** Folders by tier: one with environments of two tiers is in both. */
export async function environmentFolders(
  db: Db,
  projectId: number,
  state: EnvironmentState,
): Promise<{ name: string; tier: Tier; size: number; blocked: number }[]> {
  const { rows } = await sql<{ name: string; tier: Tier; size: number; blocked: number }>`
    select ${folderOf} as name, e.tier, count(*)::int as size,
           count(*) filter (where exists (select 1 from deployments d where d.environment_id = e.id and d.status = 'blocked'))::int as blocked
      from environments e
     where e.project_id = ${projectId} and e.state = any (${state === 'available' ? ['available', 'stopping'] : [state]}::text[])
       and strpos(e.name, '/') > 1
     group by 1, e.tier, ${tierOrder} order by ${tierOrder}, 1`.execute(db)
  return rows
}

export interface FiguresRow {
  readonly date: string
  readonly success: number
  readonly failed: number
  readonly canceled: number
  readonly time_to_approve: number | null
}

/** One row per day up to today, and the median over all of them. Days are those of UTC. */
export async function environmentFigures(
  db: Db,
  environmentId: number,
  days: number,
): Promise<{ readonly days: FiguresRow[]; readonly median: number | null }> {
  const { rows } = await sql<FiguresRow & { median: number | null }>`
    with span as (select today() - ${days - 1}::int as first),
    finished as (
      select (d.finished_at at time zone 'utc')::date as day, d.status, d.id, d.created_at, d.started_at
        from deployments d, span
       where d.environment_id = ${environmentId} and d.finished_at >= (span.first::timestamp at time zone 'utc')),
    approved as (
      select f.day, extract(epoch from max(a.created_at) - f.created_at)::float8 as seconds
        from finished f join deployment_approvals a on a.deployment_id = f.id and a.status = 'approved'
       where f.started_at is not null
       group by f.id, f.day, f.created_at)
    select to_char(g.day, 'YYYY-MM-DD') as date,
           (select count(*)::int from finished f where f.day = g.day and f.status = 'success') as success,
           (select count(*)::int from finished f where f.day = g.day and f.status = 'failed') as failed,
           (select count(*)::int from finished f where f.day = g.day and f.status = 'canceled') as canceled,
           (select percentile_cont(0.5) within group (order by seconds) from approved a where a.day = g.day) as time_to_approve,
           (select percentile_cont(0.5) within group (order by seconds) from approved) as median
      from span, generate_series(span.first::timestamp, today()::timestamp, interval '1 day') as g(day)
     order by g.day`.execute(db)
  const median = rows[0]?.median ?? null
  return {
    days: rows.map(({ date, success, failed, canceled, time_to_approve }) => ({
      date,
      success,
      failed,
      canceled,
      time_to_approve,
    })),
    median,
  }
}
