/** Protected environments of projects and groups, with their deploy access levels and approval rules. */
import { sql } from 'kysely'
import type { ElementValues, Protection, ProtectionPlan, ProtectionStart } from '../domain/protection.ts'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'

/** Whose entry it is. */
export type ProtectionOwner = { readonly projectId: number } | { readonly groupId: number }

/** One page, by name. */
export async function protectionPage(
  db: Db,
  owner: ProtectionOwner,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<Protection>> {
  return fetchPage(db, protections(db, owner).orderBy('pe.name').orderBy('pe.id'), request)
}

/** One by its exact, case-sensitive name; null when there is none. */
export async function findProtection(db: Db, owner: ProtectionOwner, name: string): Promise<Protection | null> {
  return (await protections(db, owner).where('pe.name', '=', name).executeTakeFirst()) ?? null
}

/** Locks the row of an entry, so that changes to it happen one after the other; null when there is none. */
export async function lockProtection(tx: Tx, owner: ProtectionOwner, name: string): Promise<Protection | null> {
  const row = await tx
    .selectFrom('protected_environments as pe')
    .select('pe.id')
    .where(ownedBy(owner))
    .where('pe.name', '=', name)
    .forUpdate()
    .executeTakeFirst()
  // Read by a second statement: the first one's snapshot is older than the lock it waited for.
  return row ? findProtection(tx, owner, name) : null
}

/** Inserts an entry without elements. Breaks `protected_environments_project` or `_group` when the name is protected. */
export async function insertProtection(tx: Tx, owner: ProtectionOwner, name: string): Promise<number> {
  const { id } = await tx
    .insertInto('protected_environments')
    .values({
      project_id: 'projectId' in owner ? owner.projectId : null,
      group_id: 'groupId' in owner ? owner.groupId : null,
      name,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Brings an entry into the planned shape. */
export async function applyProtectionPlan(tx: Tx, id: number, plan: ProtectionPlan): Promise<void> {
  await tx
    .updateTable('protected_environments')
    .set({ required_approval_count: plan.requiredApprovalCount, start: plan.start, updated_at: sql`now()` })
    .where('id', '=', id)
    .execute()
  for (const change of plan.deployAccessLevels) {
    if (change.kind === 'added') {
      const values = { protected_environment_id: id, ...columns(change.after) }
      await tx.insertInto('deploy_access_levels').values(values).execute()
    } else if (change.kind === 'updated') {
      const values = columns(change.after)
      await tx.updateTable('deploy_access_levels').set(values).where('id', '=', change.before.id).execute()
    } else {
      await tx.deleteFrom('deploy_access_levels').where('id', '=', change.before.id).execute()
    }
  }
  for (const change of plan.approvalRules) {
    if (change.kind === 'added') {
      const values = { protected_environment_id: id, ...ruleColumns(change.after) }
      await tx.insertInto('approval_rules').values(values).execute()
    } else if (change.kind === 'updated') {
      const values = ruleColumns(change.after)
      await tx.updateTable('approval_rules').set(values).where('id', '=', change.before.id).execute()
    } else {
      await tx.deleteFrom('approval_rules').where('id', '=', change.before.id).execute()
    }
  }
}

/** Deletes an entry with its elements. Votes that were filed under it stay, filed under nothing, and count for nothing. */
export async function deleteProtection(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('protected_environments').where('id', '=', id).execute()
}

function protections(db: Db, owner: ProtectionOwner) {
  return db
    .selectFrom('protected_environments as pe')
    .select(['pe.id', 'pe.name', 'pe.required_approval_count as requiredApprovalCount'])
    .select(sql<ProtectionStart>`pe.start`.as('start'))
    .select(elements('deploy_access_levels', sql`null`).as('deployAccessLevels'))
    .select(elements('approval_rules', sql`x.required_approvals`).as('approvalRules'))
    .where(ownedBy(owner))
}

function elements(table: string, requiredApprovals: ReturnType<typeof sql>) {
  return sql<Protection['deployAccessLevels']>`coalesce((
    select jsonb_agg(jsonb_build_object(
             'id', x.id, 'accessLevel', x.access_level, 'userId', x.user_id, 'groupId', x.group_id,
             'groupInheritanceType', x.group_inheritance_type, 'requiredApprovals', ${requiredApprovals},
             'description', coalesce(u.name, g.name, case x.access_level when 40 then 'Maintainers' when 30 then 'Developers + Maintainers' end)
           ) order by x.id)
      from ${sql.table(table)} x
      left join users u on u.id = x.user_id
      left join namespaces g on g.id = x.group_id
     where x.protected_environment_id = pe.id), '[]')`
}

function ownedBy(owner: ProtectionOwner) {
  return 'projectId' in owner
    ? sql<boolean>`pe.project_id = ${owner.projectId}`
    : sql<boolean>`pe.group_id = ${owner.groupId}`
}

function columns(values: ElementValues) {
  return {
    access_level: values.accessLevel,
    user_id: values.userId,
    group_id: values.groupId,
    group_inheritance_type: values.groupInheritanceType,
  }
}

function ruleColumns(values: ElementValues) {
  return { ...columns(values), required_approvals: values.requiredApprovals ?? 1 }
}
