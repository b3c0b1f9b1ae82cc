/** Memberships: a person's role in a group or project, one row each. */
import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from './open.ts'
import type { MemberTable } from './tables.ts'

export type Member = Selectable<MemberTable>

/** Where a membership holds: one of the two. */
export type MemberSource = { readonly groupId: number } | { readonly projectId: number }

export interface NewMember {
  readonly userId: number
  readonly source: MemberSource
  readonly accessLevel: number
  /** The first day without access, YYYY-MM-DD; null: for good. */
  readonly expiresAt: string | null
  readonly createdById: number | null
}

/** Inserts a membership. Breaks `members_namespace` or `members_project` when the person is a member already. */
export async function insertMember(tx: Tx, member: NewMember): Promise<Member> {
  return tx
    .insertInto('members')
    .values({
      user_id: member.userId,
      namespace_id: 'groupId' in member.source ? member.source.groupId : null,
      project_id: 'projectId' in member.source ? member.source.projectId : null,
      access_level: member.accessLevel,
      expires_at: member.expiresAt,
      created_by_id: member.createdById,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function updateMember(
  tx: Tx,
  id: number,
  changes: { readonly accessLevel: number; readonly expiresAt: string | null },
): Promise<void> {
  await tx
    .updateTable('members')
    .set({ access_level: changes.accessLevel, expires_at: changes.expiresAt })
    .where('id', '=', id)
    .execute()
}

export async function deleteMembers(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx.deleteFrom('members').where('id', '=', sql<number>`any (${ids}::bigint[])`).execute()
}

/** A direct membership, expired or not, locked; null when there is none. */
export async function lockMember(tx: Tx, source: MemberSource, userId: number): Promise<Member | null> {
  const row = await tx
    .selectFrom('members')
    .selectAll()
    .where('user_id', '=', userId)
    .where(sourceColumn(source), '=', sourceId(source))
    .forUpdate()
    .executeTakeFirst()
  return row ?? null
}

/**
 * One change of memberships at a time in a tree of groups, so that "another Owner remains" stays true until the commit. Null when
 * the group or project is gone.
 */
export async function lockMemberships(
  tx: Tx,
  source: MemberSource,
): Promise<{ readonly ownerId: number | null } | null> {
  const { rows } = await ('groupId' in source
    ? sql<{ ownerId: number | null }>`
        select root.owner_id as "ownerId" from namespaces n join namespaces root on root.id = n.traversal_ids[1]
         where n.id = ${source.groupId} for no key update of root`
    : sql<{ ownerId: number | null }>`
        select root.owner_id as "ownerId"
          from projects p join namespaces n on n.id = p.namespace_id join namespaces root on root.id = n.traversal_ids[1]
         where p.id = ${source.projectId} for no key update of root for key share of p`
  ).execute(tx)
  return rows[0] ?? null
}

/** A person's highest role in a group or project, 0 for none. */
export async function roleAt(db: Db, userId: number, source: MemberSource): Promise<number> {
  const role =
    'groupId' in source
      ? sql`group_role(${userId}, ${source.groupId})`
      : sql`project_role(${userId}, ${source.projectId})`
  const { rows } = await sql<{ role: number }>`select ${role} as role`.execute(db)
  return rows[0]?.role ?? 0
}

/** The highest membership that a person has in the groups above, which a direct one must not fall below. */
export async function inheritedMembership(
  db: Db,
  userId: number,
  source: MemberSource,
): Promise<{ readonly level: number; readonly group: string } | null> {
  const above =
    'groupId' in source
      ? sql`(select traversal_ids[:cardinality(traversal_ids) - 1] from namespaces where id = ${source.groupId})`
      : sql`(select n.traversal_ids from projects p join namespaces n on n.id = p.namespace_id where p.id = ${source.projectId})`
  const { rows } = await sql<{ level: number; group: string }>`
    select m.access_level as level, g.name as group from members m join namespaces g on g.id = m.namespace_id
     where m.user_id = ${userId} and m.namespace_id = any (coalesce(${above}, '{}')) and (m.expires_at is null or m.expires_at > today())
     order by m.access_level desc, cardinality(g.traversal_ids) limit 1`.execute(db)
  return rows[0] ?? null
}

/** The direct memberships of a person in everything below a group, the group itself left out. */
export async function membershipsBelow(tx: Tx, groupId: number, userId: number): Promise<Member[]> {
  const { rows } = await sql<Member>`
    select m.* from members m
      left join projects p on p.id = m.project_id
      join namespaces n on n.id = coalesce(m.namespace_id, p.namespace_id)
     where m.user_id = ${userId} and n.traversal_ids @> array[${groupId}::bigint] and m.namespace_id is distinct from ${groupId}
     order by m.id for update of m`.execute(tx)
  return rows
}

/** Whether a group has an Owner beside one user, of its own or inherited. */
export async function hasOtherOwner(tx: Tx, groupId: number, userId: number): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select ${ownedBySomebodyBut(userId)} as found from namespaces g where g.id = ${groupId}`.execute(tx)
  return rows[0]?.found ?? false
}

/** The groups that nobody but this user owns: no other active person is an Owner of them or of a group above. */
export async function solelyOwnedGroups(db: Db, userId: number): Promise<readonly { readonly id: number }[]> {
  const { rows } = await sql<{ id: number }>`
    select g.id from members m join namespaces g on g.id = m.namespace_id
     where m.user_id = ${userId} and m.access_level = 50 and (m.expires_at is null or m.expires_at > today())
       and not ${ownedBySomebodyBut(userId)}
     order by g.id`.execute(db)
  return rows
}

/** Whether a group (alias `g`) has an Owner beside one user; bots and people who are not active do not count. */
function ownedBySomebodyBut(userId: number) {
  return sql<boolean>`exists (
    select 1 from members o join users u on u.id = o.user_id
     where o.namespace_id = any (g.traversal_ids) and o.user_id <> ${userId} and o.access_level = 50
       and (o.expires_at is null or o.expires_at > today()) and u.state = 'active' and u.user_type = 'human')`
}

function sourceColumn(source: MemberSource) {
  return 'groupId' in source ? ('namespace_id' as const) : ('project_id' as const)
}

function sourceId(source: MemberSource): number {
  return 'groupId' in source ? source.groupId : source.projectId
}

/** Changes when all memberships of a bot end: with its token. */
export async function setMembershipExpiry(tx: Tx, userId: number, expiresAt: string | null): Promise<void> {
  await tx.updateTable('members').set({ expires_at: expiresAt }).where('user_id', '=', userId).execute()
}

export async function deleteMembershipsOf(tx: Tx, userId: number): Promise<void> {
  await tx.deleteFrom('members').where('user_id', '=', userId).execute()
}
