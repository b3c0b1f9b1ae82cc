/** Groups: finding them and a person's standing in them. */
import { sql } from 'kysely'
import type { Actor, Standing } from '../domain/access.ts'
import type { Namespace } from './namespaces.ts'
import type { Db } from './open.ts'

export interface GroupWithStanding {
  readonly group: Namespace
  readonly standing: Standing
}

/** Enough to see a group, and nothing else: GitLab's Minimal Access. */
const minimalAccess = 5

/**
 * A group by id or full path, with what is known of the actor in it; null when there is none. Whoever has a role in a project
 * below sees the group, as in GitLab. A job token has no standing in groups (threat T18).
 */
export async function findGroup(
  db: Db,
  idOrPath: string | number,
  actor: Actor | null,
): Promise<GroupWithStanding | null> {
  const byId = typeof idOrPath === 'number' || /^\d+$/.test(idOrPath)
  if (byId && !Number.isSafeInteger(Number(idOrPath))) return null
  // Authorisation comes before validation, and PostgreSQL has no text with this character.
  if (!byId && idOrPath.includes('\0')) return null
  const userId = actor === null || actor.credential.kind === 'job' ? null : actor.userId
  const row = await db
    .selectFrom('namespaces as g')
    .selectAll('g')
    .select(sql<number>`coalesce(group_role(${userId}::bigint, g.id), 0)`.as('role'))
    .where('g.kind', '=', 'group')
    .where((eb) =>
      byId
        ? eb('g.id', '=', Number(idOrPath))
        : eb(
            'g.id',
            '=',
            eb.selectFrom('routes as r').select('r.namespace_id').where('r.path', '=', idOrPath.toLowerCase()),
          ),
    )
    .executeTakeFirst()
  if (!row) return null
  const { role, ...group } = row
  const needed = role === 0 && userId !== null && group.visibility === 'private'
  const seen = needed && (await hasRoleBelow(db, userId, group.id)) ? minimalAccess : role
  return { group, standing: { role: seen, visibility: group.visibility } }
}

/** Whether a person has a role of their own in a group or project somewhere below a group. */
async function hasRoleBelow(db: Db, userId: number, groupId: number): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists (
      select 1 from members m
        left join projects p on p.id = m.project_id
        join namespaces n on n.id = coalesce(m.namespace_id, p.namespace_id)
       where m.user_id = ${userId} and n.traversal_ids @> array[${groupId}::bigint]
         and (m.expires_at is null or m.expires_at > today())) as found`.execute(db)
  return rows[0]?.found ?? false
}
