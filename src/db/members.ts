/** Memberships: a person's role in a group or project. */
import type { Selectable } from 'kysely'
import type { Tx } from './open.ts'
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
