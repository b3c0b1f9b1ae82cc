/** Runners as the API shows them, one by one and in lists. */
import { type SqlBool, sql } from 'kysely'
import type { JobStatus } from '../domain/job.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import { startingWith } from './pattern.ts'
import type { Runner, RunnerManager } from './runners.ts'

type Person = { readonly id: number; readonly username: string; readonly name: string; readonly state: string }

export type RunnerRow = Omit<Runner, 'token_digest'> & {
  readonly creator: Person | null
  /** At work on a job. */
  readonly busy: boolean
}

export type RunnerStatus = 'online' | 'offline' | 'stale' | 'never_contacted'

export interface RunnerFilter {
  readonly type?: Runner['runner_type'] | undefined
  readonly paused?: boolean | undefined
  readonly status?: RunnerStatus | undefined
  /** All of these tags. */
  readonly tags?: readonly string[] | undefined
  readonly versionPrefix?: string | undefined
}

export type RunnerScope =
  | { readonly kind: 'all' }
  /** Those that this person administrates. */
  | { readonly kind: 'owned'; readonly userId: number }
  /** Those that may take jobs of the project. */
  | { readonly kind: 'project'; readonly projectId: number }
  /** Those of the group and of the groups above it, and the instance's. */
  | { readonly kind: 'group'; readonly groupId: number }

const working = ['running', 'canceling'] satisfies JobStatus[]

function rows(db: Db) {
  return db
    .selectFrom('runners as r')
    .leftJoin('users as u', 'u.id', 'r.creator_id')
    .select([
      'r.id',
      'r.runner_type',
      'r.description',
      'r.maintenance_note',
      'r.short_token',
      'r.paused',
      'r.locked',
      'r.run_untagged',
      'r.access_level',
      'r.maximum_timeout',
      'r.tag_list',
      'r.registration_type',
      'r.creator_id',
      'r.contacted_at',
      'r.created_at',
    ])
    .select([
      sql<Person | null>`case when u.id is not null then
        jsonb_build_object('id', u.id, 'username', u.username, 'name', u.name, 'state', u.state) end`.as('creator'),
      sql<boolean>`exists (select 1 from jobs b where b.runner_id = r.id and b.status = any (${working}::text[]))`.as(
        'busy',
      ),
    ])
}

/** Newest first. */
export async function listRunners(
  db: Db,
  scope: RunnerScope,
  filter: RunnerFilter,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<RunnerRow>> {
  let query = rows(db).where(inScope(scope)).orderBy('r.id', 'desc')
  if (filter.type) query = query.where('r.runner_type', '=', filter.type)
  if (filter.paused !== undefined) query = query.where('r.paused', '=', filter.paused)
  if (filter.status) query = query.where(hasStatus(filter.status))
  if (filter.tags && filter.tags.length > 0)
    query = query.where(sql<SqlBool>`r.tag_list @> ${[...filter.tags]}::text[]`)
  if (filter.versionPrefix !== undefined) {
    query = query.where(
      sql<SqlBool>`exists (select 1 from runner_managers m where m.runner_id = r.id and m.version like ${startingWith(filter.versionPrefix)})`,
    )
  }
  return fetchPage(db, query, request)
}

/** Null when there is none. */
export async function findRunner(db: Db, id: number): Promise<RunnerRow | null> {
  return (await rows(db).where('r.id', '=', id).executeTakeFirst()) ?? null
}

function inScope(scope: RunnerScope) {
  switch (scope.kind) {
    case 'all':
      return sql<SqlBool>`true`
    case 'owned':
      return sql<SqlBool>`case r.runner_type
        when 'project_type' then exists (
          select 1 from runner_projects p where p.runner_id = r.id and project_role(${scope.userId}::bigint, p.project_id) >= 40)
        when 'group_type' then exists (
          select 1 from runner_namespaces n where n.runner_id = r.id and group_role(${scope.userId}::bigint, n.namespace_id) >= 50)
        else false end`
    case 'project':
      return sql<SqlBool>`exists (
        select 1 from projects pr join namespaces n on n.id = pr.namespace_id
         where pr.id = ${scope.projectId} and case r.runner_type
           when 'instance_type' then pr.shared_runners_enabled
           when 'project_type' then exists (select 1 from runner_projects p where p.runner_id = r.id and p.project_id = pr.id)
           else pr.group_runners_enabled and exists (
             select 1 from runner_namespaces rn where rn.runner_id = r.id and rn.namespace_id = any (n.traversal_ids)) end)`
    case 'group':
      return sql<SqlBool>`(r.runner_type = 'instance_type' or exists (
        select 1 from runner_namespaces rn join namespaces n on n.id = ${scope.groupId}
         where rn.runner_id = r.id and rn.namespace_id = any (n.traversal_ids)))`
  }
}

/** GitLab docs, Runner statuses: the same limits as http/present/runner.ts shows. */
function hasStatus(status: RunnerStatus) {
  switch (status) {
    case 'online':
      return sql<SqlBool>`r.contacted_at > now() - interval '2 hours'`
    case 'offline':
      return sql<SqlBool>`r.contacted_at <= now() - interval '2 hours'`
    case 'stale':
      return sql<SqlBool>`coalesce(r.contacted_at, r.created_at) <= now() - interval '7 days'`
    case 'never_contacted':
      return sql<SqlBool>`r.contacted_at is null`
  }
}

export type ManagerRow = RunnerManager & { readonly busy: boolean }

/** The machines that use a runner's token, the one that called last first. */
export async function listManagers(db: Db, runnerId: number): Promise<ManagerRow[]> {
  return db
    .selectFrom('runner_managers as m')
    .selectAll('m')
    .select(
      sql<boolean>`exists (select 1 from jobs b where b.runner_id = m.runner_id and b.runner_manager_id = m.id
        and b.status = any (${working}::text[]))`.as('busy'),
    )
    .where('m.runner_id', '=', runnerId)
    .orderBy('m.contacted_at', 'desc')
    .orderBy('m.id', 'desc')
    .execute()
}
