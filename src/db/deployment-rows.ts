/** Deployments as the API shows them: rows with their user and environment, and the votes on one. */
import { type Selectable, sql } from 'kysely'
import type { Tier } from '../domain/environment.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { DeploymentTable } from './tables.ts'

export interface PersonRow {
  readonly id: number
  readonly username: string
  readonly name: string
  readonly state: string
}

export type DeploymentRow = Selectable<DeploymentTable> & {
  readonly person: PersonRow | null
  readonly environment: {
    readonly id: number
    readonly name: string
    readonly slug: string
    readonly tier: Tier
    readonly external_url: string | null
    readonly created_at: string
    readonly updated_at: string
  }
}

export interface DeploymentFilter {
  readonly projectId: number
  readonly environment?: string | undefined
  readonly status?: DeploymentRow['status'] | undefined
  readonly updatedAfter?: Date | undefined
  readonly updatedBefore?: Date | undefined
  readonly finishedAfter?: Date | undefined
  readonly finishedBefore?: Date | undefined
  readonly orderBy: 'id' | 'iid' | 'created_at' | 'updated_at' | 'ref' | 'finished_at'
  readonly sort: 'asc' | 'desc'
}

function rows(db: Db) {
  return db
    .selectFrom('deployments as d')
    .innerJoin('environments as e', 'e.id', 'd.environment_id')
    .leftJoin('users as u', 'u.id', 'd.user_id')
    .selectAll('d')
    .select(
      sql<PersonRow | null>`case when u.id is not null then
        jsonb_build_object('id', u.id, 'username', u.username, 'name', u.name, 'state', u.state) end`.as('person'),
    )
    .select(
      sql<DeploymentRow['environment']>`jsonb_build_object('id', e.id, 'name', e.name, 'slug', e.slug, 'tier', e.tier,
        'external_url', e.external_url, 'created_at', e.created_at, 'updated_at', e.updated_at)`.as('environment'),
    )
}

/** One page (GitLab DeploymentsFinder: created_at and iid are executed as id, ties go by id). */
export async function listDeployments(
  db: Db,
  filter: DeploymentFilter,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<DeploymentRow>> {
  let query = rows(db).where('d.project_id', '=', filter.projectId)
  if (filter.environment !== undefined) query = query.where('e.name', '=', filter.environment)
  if (filter.status) query = query.where('d.status', '=', filter.status)
  if (filter.updatedAfter) query = query.where('d.updated_at', '>=', filter.updatedAfter)
  if (filter.updatedBefore) query = query.where('d.updated_at', '<=', filter.updatedBefore)
  if (filter.finishedAfter) query = query.where('d.finished_at', '>=', filter.finishedAfter)
  if (filter.finishedBefore) query = query.where('d.finished_at', '<', filter.finishedBefore)
  const column = filter.orderBy === 'created_at' || filter.orderBy === 'iid' ? 'id' : filter.orderBy
  query = query.orderBy(`d.${column}`, filter.sort)
  if (column !== 'id') query = query.orderBy('d.id', column === 'updated_at' ? 'desc' : filter.sort)
  return fetchPage(db, query, request)
}

/** One deployment of a project; null when it is another project's or none. */
export async function findDeployment(db: Db, projectId: number, id: number): Promise<DeploymentRow | null> {
  const row = await rows(db).where('d.project_id', '=', projectId).where('d.id', '=', id).executeTakeFirst()
  return row ?? null
}

/** Deployments by id, in no order; those that do not exist are left out. */
export async function deploymentsByIds(db: Db, ids: readonly number[]): Promise<DeploymentRow[]> {
  if (ids.length === 0) return []
  return rows(db)
    .where('d.id', 'in', [...ids])
    .execute()
}

export interface VoteRow {
  readonly id: number
  readonly status: 'approved' | 'rejected'
  readonly comment: string | null
  readonly created_at: Date
  readonly user: PersonRow
}

/** Every vote on a deployment, the first one first. */
export async function votesOn(db: Db, deploymentId: number): Promise<VoteRow[]> {
  const votes = await db
    .selectFrom('deployment_approvals as a')
    .innerJoin('users as u', 'u.id', 'a.user_id')
    .select(['a.id', 'a.status', 'a.comment', 'a.created_at', 'u.id as userId', 'u.username', 'u.name', 'u.state'])
    .where('a.deployment_id', '=', deploymentId)
    .orderBy('a.id')
    .execute()
  return votes.map(({ userId, username, name, state, ...vote }) => ({
    ...vote,
    user: { id: userId, username, name, state },
  }))
}

export interface RuleRow {
  readonly key: string
  readonly approval_rule_id: number | null
  readonly user_id: number | null
  readonly group_id: number | null
  readonly access_level: number | null
  readonly group_inheritance_type: number | null
  readonly name: string | null
  readonly required: number
}

/** The rules of an environment with their subjects, in the order of job-facts.ts. */
export async function rulesOf(db: Db, environmentId: number): Promise<RuleRow[]> {
  const { rows: found } = await sql<RuleRow>`
    select key, approval_rule_id, user_id, group_id, access_level, group_inheritance_type, name, required
      from environment_rules where environment_id = ${environmentId}
     order by owner_group_id nulls first, protected_environment_id, approval_rule_id`.execute(db)
  return found
}

export interface Candidate {
  readonly user: PersonRow
  readonly keys: readonly string[]
  /** Who answers for them: themselves, or whoever made the bot that they are. */
  readonly personId: number
  readonly mayRead: boolean
}

/** People who fit a rule of this environment now, with the rules they fit. Bounded: it is for reading, not for deciding. */
export async function candidatesFor(db: Db, environmentId: number, projectId: number): Promise<Candidate[]> {
  const { rows: found } = await sql<PersonRow & { keys: string[]; may_read: boolean; person_id: number }>`
    with involved as (
      select distinct m.user_id from members m
       where m.project_id = ${projectId}
          or m.namespace_id = any (
            select unnest(g.traversal_ids) from namespaces g
             where g.id in (select n.id from namespaces n join projects p on p.namespace_id = n.id where p.id = ${projectId}
                            union select group_id from project_group_links where project_id = ${projectId}
                            union select group_id from environment_rules where environment_id = ${environmentId} and group_id is not null
                            union select l.group_id from deploy_access_levels l join environment_rules r
                              on r.protected_environment_id = l.protected_environment_id
                             where r.environment_id = ${environmentId} and l.group_id is not null))
      union select user_id from environment_rules where environment_id = ${environmentId} and user_id is not null
      limit 500)
    select u.id, u.username, u.name, u.state, answers_for(u.id) as person_id, approval_keys(u.id, ${environmentId}) as keys,
           project_role(u.id, ${projectId}) >= 20 or u.is_admin as may_read
      from users u join involved i on i.user_id = u.id
     where u.state = 'active' order by u.id`.execute(db)
  return found
    .filter((row) => row.keys.length > 0)
    .map(({ keys, may_read, person_id, ...user }) => ({ user, keys, personId: person_id, mayRead: may_read }))
}
