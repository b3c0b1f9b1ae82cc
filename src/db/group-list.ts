/** Groups in lists, and what a group is shared with. */
import { type SqlBool, sql } from 'kysely'
import type { Actor, Visibility } from '../domain/access.ts'
import type { Namespace } from './namespaces.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import { containing } from './pattern.ts'
import { isBehind, type RowKey } from './row-key.ts'
import { groupsAbove, memberOf, visibleTo } from './visibility.ts'

export interface GroupFilter {
  readonly within?: { readonly groupId: number; readonly depth: 'children' | 'descendants' }
  readonly topLevelOnly?: boolean | undefined
  readonly search?: string | undefined
  readonly skipGroups?: readonly number[] | undefined
  readonly owned?: boolean | undefined
  /** False: only groups in which the person has a role. */
  readonly allAvailable?: boolean | undefined
  readonly minAccessLevel?: number | undefined
  readonly visibility?: Visibility | undefined
  readonly orderBy: 'name' | 'path' | 'id' | 'similarity'
  readonly sort: 'asc' | 'desc'
}

/** A page of the groups that the actor can see. */
export async function listGroups(
  db: Db,
  actor: Actor | null,
  filter: GroupFilter,
  page: { readonly page: number; readonly per_page: number },
): Promise<Page<Namespace>> {
  return fetchPage(db, matching(db, actor, filter), page)
}

const byName = { ref: 'g.name', type: 'text' } as const

/** The first groups behind a key, by name, without counting them. */
export async function groupsBehind(
  db: Db,
  actor: Actor | null,
  filter: GroupFilter & { readonly orderBy: 'name'; readonly sort: 'asc' },
  key: RowKey | null,
  limit: number,
): Promise<readonly (Namespace & { readonly key: RowKey })[]> {
  const rows = matching(db, actor, filter)
  const behind = key === null ? rows : rows.where(isBehind(byName, 'g.id', key, 'asc'))
  const found = await behind.limit(limit).execute()
  return found.map((group) => ({ ...group, key: { value: group.name, id: group.id } }))
}

function matching(db: Db, actor: Actor | null, filter: GroupFilter) {
  const userId = memberOf(actor)
  const level = sql<number | null>`r.access_level`
  const above = sql<SqlBool>`g.id in ${groupsAbove(userId)}`
  const { within, search, skipGroups, minAccessLevel } = filter
  return db
    .selectFrom('namespaces as g')
    .leftJoin(
      sql<{ group_id: number; access_level: number }>`group_roles(${userId}::bigint)`.as('r'),
      'r.group_id',
      'g.id',
    )
    .selectAll('g')
    .where('g.kind', '=', 'group')
    .where((eb) =>
      eb.and([
        eb.or([visibleTo(actor, 'g', level), above]),
        ...(filter.allAvailable === false ? [eb.or([sql<SqlBool>`${level} > 0`, above])] : []),
        ...(filter.owned ? [sql<SqlBool>`${level} = 50`] : []),
        ...(minAccessLevel === undefined ? [] : [sql<SqlBool>`${level} >= ${minAccessLevel}`]),
        ...(within?.depth === 'children' ? [eb('g.parent_id', '=', within.groupId)] : []),
        ...(within?.depth === 'descendants'
          ? [sql<SqlBool>`g.traversal_ids @> array[${within.groupId}::bigint] and g.id <> ${within.groupId}`]
          : []),
        ...(filter.topLevelOnly ? [eb('g.parent_id', 'is', null)] : []),
        ...(search ? [sql<SqlBool>`(g.name ilike ${containing(search)} or g.path ilike ${containing(search)})`] : []),
        ...(skipGroups ? [sql<SqlBool>`not g.id = any (${skipGroups}::bigint[])`] : []),
        ...(filter.visibility ? [eb('g.visibility', '=', filter.visibility)] : []),
      ]),
    )
    .orderBy(`g.${filter.orderBy === 'similarity' ? 'name' : filter.orderBy}`, filter.sort)
    .orderBy('g.id', filter.sort)
}

export interface SharedGroup {
  readonly groupId: number
  readonly name: string
  readonly fullPath: string
  readonly accessLevel: number
  readonly expiresAt: string | null
}

/** The groups that are invited into a group. */
export async function groupsInvitedTo(db: Db, groupId: number): Promise<readonly SharedGroup[]> {
  return db
    .selectFrom('group_group_links as k')
    .innerJoin('namespaces as g', 'g.id', 'k.shared_with_group_id')
    .select([
      'g.id as groupId',
      'g.name',
      'g.full_path as fullPath',
      'k.group_access as accessLevel',
      'k.expires_at as expiresAt',
    ])
    .where('k.shared_group_id', '=', groupId)
    .orderBy('k.id')
    .execute()
}

export interface ProjectGroupFilter {
  readonly search?: string | undefined
  readonly skipGroups?: readonly number[] | undefined
  /** Also the groups that are invited to the project, from this role on. */
  readonly withShared: boolean
  readonly sharedMinAccessLevel?: number | undefined
}

/** The groups above a project and those invited to it, of which the actor can see. */
export async function groupsOfProject(
  db: Db,
  actor: Actor | null,
  projectId: number,
  filter: ProjectGroupFilter,
  page: { readonly page: number; readonly per_page: number },
): Promise<Page<Namespace>> {
  const userId = memberOf(actor)
  const { search, skipGroups, withShared, sharedMinAccessLevel: least = 0 } = filter
  const shared = sql<SqlBool>`exists (select 1 from project_group_links k
    where k.project_id = ${projectId} and k.group_id = g.id and k.group_access >= ${least}
      and (k.expires_at is null or k.expires_at > today()))`
  const above = sql<SqlBool>`g.id = any (coalesce((
    select n.traversal_ids from projects p join namespaces n on n.id = p.namespace_id where p.id = ${projectId}), '{}'))`
  const rows = db
    .selectFrom('namespaces as g')
    .selectAll('g')
    .where('g.kind', '=', 'group')
    .where((eb) =>
      eb.and([
        withShared ? eb.or([above, shared]) : above,
        eb.or([
          visibleTo(actor, 'g', sql`group_role(${userId}::bigint, g.id)`),
          sql<SqlBool>`g.id in ${groupsAbove(userId)}`,
        ]),
        ...(search ? [sql<SqlBool>`(g.name ilike ${containing(search)} or g.path ilike ${containing(search)})`] : []),
        ...(skipGroups ? [sql<SqlBool>`not g.id = any (${skipGroups}::bigint[])`] : []),
      ]),
    )
    .orderBy('g.id')
  return fetchPage(db, rows, page)
}
