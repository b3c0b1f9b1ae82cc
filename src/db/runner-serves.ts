/** What a runner serves and did: access to it depends on the first, and people see of both what they may. */
import { type SqlBool, sql } from 'kysely'
import type { JobStatus } from '../domain/job.ts'
import type { RunnerStanding } from '../domain/runner-access.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { Runner } from './runners.ts'

export interface Viewer {
  readonly userId: number
  readonly isAdmin: boolean
}

/** What of a runner access depends on (domain/runner-access.ts). */
export async function runnerStanding(
  db: Db,
  runner: Pick<Runner, 'id' | 'runner_type'>,
  userId: number,
): Promise<RunnerStanding> {
  const { rows: found } = await sql<{ role: number }>`
    select project_role(${userId}::bigint, project_id) as role from runner_projects where runner_id = ${runner.id}
    union all
    select group_role(${userId}::bigint, namespace_id) from runner_namespaces where runner_id = ${runner.id}`.execute(
    db,
  )
  return { type: runner.runner_type, roles: found.map(({ role }) => role) }
}

export interface ServedProject {
  readonly id: number
  readonly name: string
  readonly path: string
  readonly full_path: string
  readonly name_with_namespace: string
  readonly description: string | null
  readonly created_at: Date
}

export interface ServedGroup {
  readonly id: number
  readonly name: string
  readonly full_path: string
}

/** The projects a project runner serves, as far as this person has a role in them (administrators see all). */
export async function servedProjects(db: Db, runnerId: number, viewer: Viewer): Promise<ServedProject[]> {
  return projectIdentities(db)
    .where('p.id', 'in', (eb) =>
      eb.selectFrom('runner_projects').select('project_id').where('runner_id', '=', runnerId),
    )
    .where(sql<SqlBool>`(${viewer.isAdmin} or project_role(${viewer.userId}::bigint, p.id) > 0)`)
    .orderBy('p.id')
    .execute()
}

/** The group a group runner serves, if this person has a role in it (administrators see it). */
export async function servedGroups(db: Db, runnerId: number, viewer: Viewer): Promise<ServedGroup[]> {
  return db
    .selectFrom('namespaces as n')
    .innerJoin('runner_namespaces as rn', 'rn.namespace_id', 'n.id')
    .select(['n.id', 'n.name', 'n.full_path'])
    .where('rn.runner_id', '=', runnerId)
    .where(sql<SqlBool>`(${viewer.isAdmin} or group_role(${viewer.userId}::bigint, n.id) > 0)`)
    .execute()
}

/** Projects by id, as GitLab's ProjectIdentity needs them. */
export async function projectsById(db: Db, ids: readonly number[]): Promise<Map<number, ServedProject>> {
  if (ids.length === 0) return new Map()
  const found = await projectIdentities(db)
    .where('p.id', 'in', [...new Set(ids)])
    .execute()
  return new Map(found.map((project) => [project.id, project]))
}

function projectIdentities(db: Db) {
  return db
    .selectFrom('projects as p')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .select(['p.id', 'p.name', 'p.path', 'p.full_path', 'p.description', 'p.created_at'])
    .select(sql<string>`n.full_name || ' / ' || p.name`.as('name_with_namespace'))
}

export interface RunnerJobFilter {
  readonly status?: JobStatus | undefined
  readonly systemId?: string | undefined
  readonly sort: 'asc' | 'desc'
}

/** Ids of the jobs that a runner took, as far as this person may read jobs there. */
export async function listRunnerJobIds(
  db: Db,
  runnerId: number,
  viewer: Viewer,
  filter: RunnerJobFilter,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<{ readonly id: number }>> {
  let query = db
    .selectFrom('jobs as j')
    .select('j.id')
    .where('j.runner_id', '=', runnerId)
    .where(sql<SqlBool>`(${viewer.isAdmin} or project_role(${viewer.userId}::bigint, j.project_id) >= 20)`)
    .orderBy('j.id', filter.sort)
  if (filter.status) query = query.where('j.status', '=', filter.status)
  const { systemId } = filter
  if (systemId !== undefined) {
    query = query.where('j.runner_manager_id', 'in', (eb) =>
      eb
        .selectFrom('runner_managers as m')
        .select('m.id')
        .where('m.runner_id', '=', runnerId)
        .where('m.system_id', '=', systemId),
    )
  }
  return fetchPage(db, query, request)
}
