/** Memberships and shares whose last day is over. */
import { sql } from 'kysely'
import type { Member, MemberSource } from './members.ts'
import type { Db, Tx } from './open.ts'

export interface ExpiredAccess {
  readonly table: 'members' | 'project_group_links' | 'group_group_links'
  readonly id: number
}

/** At most this many at a time; the next run goes on. */
const batch = 500

export async function expiredAccess(db: Db): Promise<readonly ExpiredAccess[]> {
  const { rows } = await sql<ExpiredAccess>`
    select 'members' as table, id from members where expires_at <= today()
    union all select 'project_group_links', id from project_group_links where expires_at <= today()
    union all select 'group_group_links', id from group_group_links where expires_at <= today()
    limit ${batch}`.execute(db)
  return rows
}

export type RemovedAccess =
  | { readonly kind: 'member'; readonly member: Member; readonly user: { readonly id: number; readonly name: string } }
  | {
      readonly kind: 'share'
      readonly target: MemberSource
      readonly group: { readonly id: number; readonly full_path: string }
      readonly expiresAt: string
    }

/** Deletes one of them if it is still there and still over. */
export async function takeExpired(tx: Tx, { table, id }: ExpiredAccess): Promise<RemovedAccess | null> {
  if (table === 'members') {
    const { rows } = await sql<Member & { name: string }>`
      delete from members m using users u where m.id = ${id} and m.expires_at <= today() and u.id = m.user_id
      returning m.*, u.name`.execute(tx)
    if (!rows[0]) return null
    const { name, ...member } = rows[0]
    return { kind: 'member', member, user: { id: member.user_id, name } }
  }
  const ofProject = table === 'project_group_links'
  const invited = sql.ref(ofProject ? 'k.group_id' : 'k.shared_with_group_id')
  const target = sql.ref(ofProject ? 'k.project_id' : 'k.shared_group_id')
  const { rows } = await sql<{ id: number; full_path: string; target: number; expires_at: string }>`
    delete from ${sql.table(table)} k using namespaces g
     where k.id = ${id} and k.expires_at <= today() and g.id = ${invited}
    returning g.id, g.full_path, ${target} as target, k.expires_at`.execute(tx)
  const row = rows[0]
  if (!row) return null
  return {
    kind: 'share',
    target: ofProject ? { projectId: row.target } : { groupId: row.target },
    group: { id: row.id, full_path: row.full_path },
    expiresAt: row.expires_at,
  }
}
