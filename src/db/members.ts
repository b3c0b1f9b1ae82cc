/** Memberships: a person's role in a group or project. */
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
