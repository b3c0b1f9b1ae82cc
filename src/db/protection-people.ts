/** Whom protected environments may name, and how many people they name now. */
import { sql } from 'kysely'
import { type EligibleSubjects, maxRequiredApprovals } from '../domain/protection.ts'
import type { ProtectionReach } from '../domain/protection-warnings.ts'
import type { Db, Tx } from './open.ts'
import type { ProtectionOwner } from './protected-environments.ts'

/**
 * Which of these users and groups an entry of this owner may name. A project: Developers and above, and groups that are invited
 * to it. A group: its own Owners and Maintainers or those of a group above, and itself, groups below and groups it is shared with.
 */
export async function eligibleSubjects(
  tx: Tx,
  owner: ProtectionOwner,
  wanted: { readonly users: readonly number[]; readonly groups: readonly number[] },
): Promise<EligibleSubjects> {
  const users = sql`${[...wanted.users]}::bigint[]`
  const groups = sql`${[...wanted.groups]}::bigint[]`
  const { rows } =
    'projectId' in owner
      ? await sql<Eligible>`
          select array(select u.id from users u where u.id = any (${users}) and project_role(u.id, ${owner.projectId}) >= 30) as users,
                 array(select k.group_id from project_group_links k
                        where k.project_id = ${owner.projectId} and k.group_id = any (${groups})
                          and (k.expires_at is null or k.expires_at > today())) as groups`.execute(tx)
      : await sql<Eligible>`
          select array(select m.user_id from namespaces g join members m on m.namespace_id = any (g.traversal_ids)
                        where g.id = ${owner.groupId} and m.user_id = any (${users}) and m.access_level >= 40
                          and (m.expires_at is null or m.expires_at > today())) as users,
                 array(select g.id from namespaces g
                        where g.id = any (${groups}) and g.kind = 'group'
                          and (${owner.groupId} = any (g.traversal_ids) or exists (
                            select 1 from group_group_links k
                             where k.shared_group_id = ${owner.groupId} and k.shared_with_group_id = g.id
                               and (k.expires_at is null or k.expires_at > today())))) as groups`.execute(tx)
  const found = rows[0]
  return {
    level: 'projectId' in owner ? 'project' : 'group',
    users: new Set(found?.users),
    groups: new Set(found?.groups),
  }
}

interface Eligible {
  users: number[]
  groups: number[]
}

interface PersonRow {
  entry: number
  kind: 'deploy' | 'rule'
  element: number
  user_id: number
}

/** One more than any entry can require: nobody asks how many there are beyond that. */
const enough = maxRequiredApprovals + 1

/**
 * How many active people each entry of one owner names now, counted up to 6; administrators only where they are named. Candidates
 * are narrowed by their memberships first, because asking for a role is slow: a project in a group of thousands has few
 * Maintainers.
 */
export async function protectionReach(
  db: Db,
  owner: ProtectionOwner,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ProtectionReach>> {
  if (ids.length === 0) return new Map()
  const entries = sql`${[...ids]}::bigint[]`
  const projectId = 'projectId' in owner ? owner.projectId : null
  const groupId = 'groupId' in owner ? owner.groupId : null
  const { rows } = await sql<PersonRow>`
    with element as (
      select 'deploy' as kind, l.protected_environment_id as entry, l.id, l.access_level, l.user_id, l.group_id, l.group_inheritance_type
        from deploy_access_levels l where l.protected_environment_id = any (${entries})
      union all
      select 'rule', r.protected_environment_id, r.id, r.access_level, r.user_id, r.group_id, r.group_inheritance_type
        from approval_rules r where r.protected_environment_id = any (${entries})
    ), place as (
      select unnest(n.traversal_ids) as namespace_id
        from namespaces n where n.id = coalesce((select namespace_id from projects where id = ${projectId}::bigint), ${groupId}::bigint)
      union
      select unnest(w.traversal_ids)
        from project_group_links k join namespaces w on w.id = k.group_id where k.project_id = ${projectId}::bigint
    ), candidate as materialized (
      select user_id, max(level) as best from (
        select m.user_id, m.access_level as level from place p join members m on m.namespace_id = p.namespace_id
        union all
        select m.user_id, m.access_level
          from place p join group_group_links k on k.shared_group_id = p.namespace_id
          join namespaces w on w.id = k.shared_with_group_id join members m on m.namespace_id = any (w.traversal_ids)
        union all
        select m.user_id, m.access_level from members m where m.project_id = ${projectId}::bigint
        union all
        select n.owner_id, 50 from place p join namespaces n on n.id = p.namespace_id where n.owner_id is not null
      ) memberships group by user_id
    )
    select x.entry, x.kind, x.id as element, named.user_id
      from element x
      cross join lateral (
        select c.user_id from (
          select x.user_id where x.user_id is not null
          union all
          select user_id from candidate where best >= x.access_level
          union all
          select distinct m.user_id
            from namespaces g join members m
              on m.namespace_id = g.id or (x.group_inheritance_type = 1 and m.namespace_id = any (g.traversal_ids))
           where g.id = x.group_id
        ) c
         where names_person(c.user_id, ${projectId}::bigint, ${groupId}::bigint,
                            x.access_level, x.user_id, x.group_id, x.group_inheritance_type)
         limit ${enough}
      ) named`.execute(db)
  return new Map(ids.map((id) => [id, reachOf(rows.filter((row) => row.entry === id))]))
}

function reachOf(rows: readonly PersonRow[]): ProtectionReach {
  const deployers = new Set(rows.filter((row) => row.kind === 'deploy').map((row) => row.user_id))
  const byRule = Map.groupBy(
    rows.filter((row) => row.kind === 'rule'),
    (row) => row.element,
  )
  return { deployers: deployers.size, approvers: new Map([...byRule].map(([id, people]) => [id, people.length])) }
}
