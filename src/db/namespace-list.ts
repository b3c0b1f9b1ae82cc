/** Namespaces of both kinds, as one person may see them. */
import { type SqlBool, sql } from 'kysely'
import type { Actor } from '../domain/access.ts'
import type { Namespace } from './namespaces.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import { containing } from './pattern.ts'
import { groupsAbove, memberOf } from './visibility.ts'

export interface NamespaceFilter {
  readonly search?: string | undefined
  readonly ownedOnly?: boolean | undefined
  readonly topLevelOnly?: boolean | undefined
  readonly fullPathSearch?: boolean | undefined
}

/** The person's own namespace and the groups in which they have a role; all for administrators. */
export async function listNamespaces(
  db: Db,
  actor: Actor,
  filter: NamespaceFilter,
  page: { readonly page: number; readonly per_page: number },
): Promise<Page<Namespace>> {
  const userId = memberOf(actor)
  const { search } = filter
  const text = filter.fullPathSearch ? sql<string>`n.full_path` : sql<string>`n.path`
  const rows = db
    .selectFrom('namespaces as n')
    .leftJoin(
      sql<{ group_id: number; access_level: number }>`group_roles(${userId}::bigint)`.as('r'),
      'r.group_id',
      'n.id',
    )
    .selectAll('n')
    .where((eb) =>
      eb.and([
        ...(actor.isAdmin && !filter.ownedOnly
          ? []
          : [sql<SqlBool>`(n.owner_id = ${userId}::bigint or r.access_level >= ${filter.ownedOnly ? 50 : 1})`]),
        ...(filter.topLevelOnly ? [eb('n.parent_id', 'is', null)] : []),
        ...(search ? [sql<SqlBool>`(n.name ilike ${containing(search)} or ${text} ilike ${containing(search)})`] : []),
      ]),
    )
    .orderBy('n.id')
  return fetchPage(db, rows, page)
}

/** A namespace by id or full path, if the person may see it: their own, or a group; null otherwise. */
export async function findNamespace(db: Db, idOrPath: string, actor: Actor): Promise<Namespace | null> {
  const byId = /^\d+$/.test(idOrPath)
  if (byId && !Number.isSafeInteger(Number(idOrPath))) return null
  const userId = memberOf(actor)
  const row = await db
    .selectFrom('namespaces as n')
    .selectAll('n')
    .where((eb) =>
      byId
        ? eb('n.id', '=', Number(idOrPath))
        : eb(
            'n.id',
            '=',
            eb.selectFrom('routes as r').select('r.namespace_id').where('r.path', '=', idOrPath.toLowerCase()),
          ),
    )
    .where((eb) =>
      actor.isAdmin
        ? sql<SqlBool>`true`
        : eb.or([
            sql<SqlBool>`n.owner_id = ${userId}::bigint`,
            sql<SqlBool>`n.kind = 'group' and (n.visibility <> 'private' or group_role(${userId}::bigint, n.id) > 0
                           or n.id in ${groupsAbove(userId)})`,
          ]),
    )
    .executeTakeFirst()
  return row ?? null
}

/** Which of these paths, all at the top or all below one group, are taken. */
export async function takenPaths(
  db: Db,
  paths: readonly string[],
  parentId: number | null,
): Promise<readonly string[]> {
  const { rows } = await sql<{ path: string }>`
    select wanted.path from unnest(${paths}::text[]) as wanted(path)
      left join namespaces parent on parent.id = ${parentId}::bigint
      join routes r on r.path = lower(coalesce(parent.full_path || '/', '') || wanted.path)`.execute(db)
  return rows.map((row) => row.path)
}
