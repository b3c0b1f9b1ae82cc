/**
 * What happens to the entries of protected environments when the people and groups they name go away (reference 3.6): the right
 * to deploy goes with them; an approval rule goes only where another rule remains, so that a requirement never falls to zero.
 */
import { type RawBuilder, sql } from 'kysely'
import type { AuditEntry } from './audit.ts'
import type { Tx } from './open.ts'

export type Subject = { readonly userId: number } | { readonly groupId: number }

/** Where access ended: all places of a person, one project, or a group with everything below it. */
export type Scope = { readonly userId: number } | { readonly projectId: number } | { readonly groupId: number }

interface Entry {
  readonly kind: 'deploy_access_level' | 'approval_rule'
  readonly change: 'deleted' | 'updated'
  readonly id: number
  readonly protectedEnvironmentId: number
  readonly projectId: number | null
  readonly groupId: number | null
  readonly environment: string
  readonly subject: string
}

/** Drops what names people who have no role any more where the entry holds. Call it after access was taken away. */
export async function dropStrandedUsers(tx: Tx, scope: Scope): Promise<AuditEntry[]> {
  return drop(
    tx,
    sql`e.user_id is not null and ${within(scope)}
        and 0 = case when pe.project_id is null then group_role(e.user_id, pe.group_id) else project_role(e.user_id, pe.project_id) end`,
  )
}

/** Drops what names a group in the entries of one project, or of a group and everything below it. */
export async function dropGroup(
  tx: Tx,
  groupId: number,
  scope: Exclude<Scope, { userId: number }>,
): Promise<AuditEntry[]> {
  return drop(tx, sql`e.group_id = ${groupId} and ${within(scope)}`)
}

/**
 * For a user or group that is about to be deleted: nothing names it afterwards. A rule that is the only one left becomes a rule
 * for Maintainers (role 40) instead of going away.
 */
export async function replaceSubject(tx: Tx, subject: Subject): Promise<AuditEntry[]> {
  const names =
    'userId' in subject ? sql`e.user_id = ${subject.userId}` : sql`e.group_id = any (${below(subject.groupId)})`
  const dropped = await drop(tx, names)
  // What is left are rules without another beside them, perhaps several for the same subject: one of them stays.
  const { rows: kept } = await sql<Entry>`
    with remaining as (
      select e.id, e.protected_environment_id, max(e.required_approvals) over same as required,
             row_number() over (same order by e.id) as position, ${subjectName} as subject
        from approval_rules e left join users u on u.id = e.user_id left join namespaces g on g.id = e.group_id
       where ${names} window same as (partition by e.protected_environment_id)
    ), gone as (
      delete from approval_rules r using remaining m where r.id = m.id and m.position > 1
    )
    update approval_rules r
       set access_level = 40, user_id = null, group_id = null, group_inheritance_type = 0, required_approvals = m.required
      from remaining m, protected_environments pe
     where r.id = m.id and m.position = 1 and pe.id = r.protected_environment_id
    returning 'approval_rule' as kind, 'updated' as change, r.id, pe.id as "protectedEnvironmentId",
              pe.project_id as "projectId", pe.group_id as "groupId", pe.name as environment, m.subject`.execute(tx)
  return [...dropped, ...kept.map(auditEntry)]
}

const subjectName = sql`coalesce(u.name, g.full_path, '')`

function below(groupId: number): RawBuilder<unknown> {
  return sql`array(select id from namespaces where traversal_ids @> array[${groupId}::bigint])`
}

function within(scope: Scope): RawBuilder<unknown> {
  if ('userId' in scope) return sql`e.user_id = ${scope.userId}`
  if ('projectId' in scope) return sql`pe.project_id = ${scope.projectId}`
  return sql`(pe.group_id = any (${below(scope.groupId)})
              or pe.project_id in (select id from projects where namespace_id = any (${below(scope.groupId)})))`
}

/** Deletes the entries for which `condition` (over `e`, the entry, and `pe`) holds, and the rules that are not the last. */
async function drop(tx: Tx, condition: RawBuilder<unknown>): Promise<AuditEntry[]> {
  const found = (table: 'deploy_access_levels' | 'approval_rules') => sql`
    select e.id, pe.id as protected_environment_id, pe.project_id, pe.group_id, pe.name, ${subjectName} as subject
      from ${sql.table(table)} e
      join protected_environments pe on pe.id = e.protected_environment_id
      left join users u on u.id = e.user_id
      left join namespaces g on g.id = e.group_id
     where ${condition}`
  const answer = (kind: Entry['kind']) => sql`
    returning ${kind}::text as kind, 'deleted' as change, f.id, f.protected_environment_id as "protectedEnvironmentId",
              f.project_id as "projectId", f.group_id as "groupId", f.name as environment, f.subject`
  // What judges a deployment holds these rows shared (db/lease.ts).
  const entries = (table: string) =>
    sql`exists (select 1 from ${sql.table(table)} e where e.protected_environment_id = pe.id and ${condition})`
  await sql`
    select pe.id from protected_environments pe
     where ${entries('deploy_access_levels')} or ${entries('approval_rules')} order by pe.id for update`.execute(tx)
  const levels = await sql<Entry>`
    with found as (${found('deploy_access_levels')})
    delete from deploy_access_levels l using found f where l.id = f.id ${answer('deploy_access_level')}`.execute(tx)
  const rules = await sql<Entry>`
    with found as (${found('approval_rules')})
    delete from approval_rules r using found f
     where r.id = f.id
       and exists (select 1 from approval_rules other
                    where other.protected_environment_id = r.protected_environment_id
                      and other.id not in (select id from found))
    ${answer('approval_rule')}`.execute(tx)
  return [...levels.rows, ...rules.rows].map(auditEntry)
}

function auditEntry(entry: Entry): AuditEntry {
  return {
    event: `protected_environment_${entry.kind}_${entry.change}`,
    entity:
      entry.projectId === null ? { type: 'Group', id: entry.groupId ?? 0 } : { type: 'Project', id: entry.projectId },
    target: { type: 'ProtectedEnvironment', id: entry.protectedEnvironmentId, details: entry.environment },
    details:
      entry.change === 'deleted'
        ? { remove: entry.kind, subject: entry.subject, entry_id: entry.id }
        : { change: entry.kind, from: entry.subject, to: 'Maintainers', entry_id: entry.id },
  }
}
