/** What a person can see, as conditions for lists. The rule itself is domain/access.ts; these are the same for many rows at once. */
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Actor } from '../domain/access.ts'

/** Whose memberships count in lists: nobody's for a job token, which belongs to one project alone (threat T18). */
export function memberOf(actor: Actor | null): number | null {
  return actor === null || actor.credential.kind === 'job' ? null : actor.userId
}

/**
 * Whether the row `table` (projects or namespaces) may be seen.
 * @param level the person's role there, null for none
 */
export function visibleTo(actor: Actor | null, table: string, level: RawBuilder<unknown>): RawBuilder<SqlBool> {
  if (actor?.isAdmin) return sql<SqlBool>`true`
  const open = actor === null ? ['public'] : ['public', 'internal']
  return sql<SqlBool>`(${sql.ref(`${table}.visibility`)} = any (${open}) or ${level} > 0)`
}

/** Ids of the groups at and above everything in which a person has a membership of their own: these they can see. */
export function groupsAbove(userId: number | null): RawBuilder<unknown> {
  return sql`(
    select unnest(n.traversal_ids) from members m
      left join projects mp on mp.id = m.project_id
      join namespaces n on n.id = coalesce(m.namespace_id, mp.namespace_id)
     where m.user_id = ${userId}::bigint and (m.expires_at is null or m.expires_at > today()))`
}
