/** Whom protected environments may name, and how many people they name now. */
import { sql } from 'kysely'
import type { EligibleSubjects } from '../domain/protection.ts'
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

interface CountRow {
  entry: number
  kind: 'deploy' | 'rule'
  /** Null: of all elements of this kind together. */
  element: number | null
  people: number
}

/**
 * How many active people each entry names, administrators only where they are named. Candidates are the members of every place
 * that can give a role here, so this does not grow with the number of users of the instance.
 */
export async function protectionReach(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, ProtectionReach>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<CountRow>`
    with entry as (
      select pe.id, pe.project_id, pe.group_id, coalesce(p.namespace_id, pe.group_id) as namespace_id
        from protected_environments pe left join projects p on p.id = pe.project_id
       where pe.id = any (${[...ids]}::bigint[])
    ), element as (
      select 'deploy' as kind, l.protected_environment_id as entry, l.id, l.access_level, l.user_id, l.group_id, l.group_inheritance_type
        from deploy_access_levels l where l.protected_environment_id in (select id from entry)
      union all
      select 'rule', r.protected_environment_id, r.id, r.access_level, r.user_id, r.group_id, r.group_inheritance_type
        from approval_rules r where r.protected_environment_id in (select id from entry)
    ), place as (
      select e.id as entry, unnest(n.traversal_ids) as namespace_id from entry e join namespaces n on n.id = e.namespace_id
      union
      select e.id, unnest(w.traversal_ids)
        from entry e join project_group_links k on k.project_id = e.project_id join namespaces w on w.id = k.group_id
      union
      select x.entry, unnest(w.traversal_ids) from element x join namespaces w on w.id = x.group_id
    ), candidate as (
      select p.entry, m.user_id from place p join members m on m.namespace_id = p.namespace_id
      union
      select p.entry, m.user_id
        from place p join group_group_links k on k.shared_group_id = p.namespace_id
        join namespaces w on w.id = k.shared_with_group_id join members m on m.namespace_id = any (w.traversal_ids)
      union
      select e.id, m.user_id from entry e join members m on m.project_id = e.project_id
      union
      select e.id, n.owner_id from entry e join namespaces n on n.id = e.namespace_id where n.owner_id is not null
      union
      select x.entry, x.user_id from element x where x.user_id is not null
    )
    select x.entry, x.kind, x.id as element, count(distinct c.user_id)::int as people
      from element x
      join entry e on e.id = x.entry
      join candidate c on c.entry = x.entry
     where names_person(c.user_id, e.project_id, e.group_id, x.access_level, x.user_id, x.group_id, x.group_inheritance_type)
     group by grouping sets ((x.entry, x.kind, x.id), (x.entry, x.kind))`.execute(db)
  return new Map(ids.map((id) => [id, reachOf(rows.filter((row) => row.entry === id))]))
}

function reachOf(rows: readonly CountRow[]): ProtectionReach {
  const all = rows.find((row) => row.kind === 'deploy' && row.element === null)
  const rules = rows.flatMap((row): [number, number][] =>
    row.kind === 'rule' && row.element !== null ? [[row.element, row.people]] : [],
  )
  return { deployers: all?.people ?? 0, approvers: new Map(rules) }
}
