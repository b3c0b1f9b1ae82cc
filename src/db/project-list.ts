/** Projects with everything that the API shows of them, one by one and in lists. */
import { type SqlBool, sql } from 'kysely'
import type { Actor, Visibility } from '../domain/access.ts'
import type { SharedGroup } from './group-list.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import { containing } from './pattern.ts'
import type { Project } from './projects.ts'
import { memberOf, visibleTo } from './visibility.ts'

type Person = { readonly id: number; readonly username: string; readonly name: string; readonly state: string }

export interface ProjectDetails extends Project {
  readonly namespace: {
    readonly id: number
    readonly name: string
    readonly path: string
    readonly kind: 'group' | 'user'
    readonly full_path: string
    readonly full_name: string
    readonly parent_id: number | null
  }
  /** Of a project in a personal namespace. */
  readonly owner: Person | null
  readonly sharedWith: readonly SharedGroup[]
  /** The actor's own membership, and their role in the group around it. */
  readonly projectAccess: number | null
  readonly groupAccess: number | null
}

export interface ProjectFilter {
  readonly inGroup?: { readonly groupId: number; readonly subgroups: boolean; readonly withShared: boolean }
  /** Only those that a group is invited to. */
  readonly sharedWithGroup?: number | undefined
  readonly archived?: boolean | undefined
  readonly visibility?: Visibility | undefined
  readonly search?: string | undefined
  /** Searches the whole path, too. */
  readonly searchNamespaces?: boolean | undefined
  readonly owned?: boolean | undefined
  readonly membership?: boolean | undefined
  readonly minAccessLevel?: number | undefined
  readonly idAfter?: number | undefined
  readonly idBefore?: number | undefined
  readonly activeAfter?: Date | undefined
  readonly activeBefore?: Date | undefined
  readonly orderBy: 'id' | 'name' | 'path' | 'created_at' | 'updated_at' | 'last_activity_at' | 'similarity'
  readonly sort: 'asc' | 'desc'
}

/** A page of the projects that the actor can see. */
export async function listProjects(
  db: Db,
  actor: Actor | null,
  filter: ProjectFilter,
  page: { readonly page: number; readonly per_page: number },
): Promise<Page<ProjectDetails>> {
  return fetchPage(db, matching(db, actor, filter), page)
}

/** The first projects by id that the actor can see, beyond `idAfter` or `idBefore`, without counting them. */
export async function projectsById(
  db: Db,
  actor: Actor | null,
  filter: ProjectFilter,
  limit: number,
): Promise<readonly ProjectDetails[]> {
  return matching(db, actor, filter).limit(limit).execute()
}

/** One project, whoever may see it. */
export async function findProjectDetails(db: Db, id: number, actor: Actor | null): Promise<ProjectDetails | null> {
  const row = await withDetails(db, actor).where('p.id', '=', id).executeTakeFirst()
  return row ?? null
}

function matching(db: Db, actor: Actor | null, filter: ProjectFilter) {
  const { inGroup, search, minAccessLevel } = filter
  const level = sql<number | null>`r.access_level`
  const text = filter.searchNamespaces ? sql<string>`p.full_path` : sql<string>`p.path`
  return withDetails(db, actor)
    .leftJoin(
      sql<{ project_id: number; access_level: number }>`project_roles(${memberOf(actor)}::bigint)`.as('r'),
      'r.project_id',
      'p.id',
    )
    .where((eb) =>
      eb.and([
        visibleTo(actor, 'p', level),
        ...(inGroup ? [within(inGroup)] : []),
        ...(filter.sharedWithGroup === undefined ? [] : [sharedWith(filter.sharedWithGroup)]),
        ...(filter.archived === undefined ? [] : [eb('p.archived', '=', filter.archived)]),
        ...(filter.visibility ? [eb('p.visibility', '=', filter.visibility)] : []),
        ...(search ? [sql<SqlBool>`(p.name ilike ${containing(search)} or ${text} ilike ${containing(search)})`] : []),
        ...(filter.owned ? [sql<SqlBool>`${level} = 50`] : []),
        ...(filter.membership ? [sql<SqlBool>`${level} > 0`] : []),
        ...(minAccessLevel === undefined ? [] : [sql<SqlBool>`${level} >= ${minAccessLevel}`]),
        ...(filter.idAfter === undefined ? [] : [eb('p.id', '>', filter.idAfter)]),
        ...(filter.idBefore === undefined ? [] : [eb('p.id', '<', filter.idBefore)]),
        ...(filter.activeAfter ? [eb('p.last_activity_at', '>', filter.activeAfter)] : []),
        ...(filter.activeBefore ? [eb('p.last_activity_at', '<', filter.activeBefore)] : []),
      ]),
    )
    .orderBy(`p.${filter.orderBy === 'similarity' ? 'name' : filter.orderBy}`, filter.sort)
    .orderBy('p.id', filter.sort)
}

function within({ groupId, subgroups, withShared }: NonNullable<ProjectFilter['inGroup']>) {
  const own = subgroups
    ? sql`p.namespace_id in (select id from namespaces where traversal_ids @> array[${groupId}::bigint])`
    : sql`p.namespace_id = ${groupId}`
  return withShared ? sql<SqlBool>`(${own} or ${sharedWith(groupId)})` : sql<SqlBool>`${own}`
}

function sharedWith(groupId: number) {
  return sql<SqlBool>`p.id in (select project_id from project_group_links where group_id = ${groupId}
                                 and (expires_at is null or expires_at > today()))`
}

function withDetails(db: Db, actor: Actor | null) {
  const userId = memberOf(actor)
  return db
    .selectFrom('projects as p')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .selectAll('p')
    .select([
      sql<ProjectDetails['namespace']>`jsonb_build_object('id', n.id, 'name', n.name, 'path', n.path, 'kind', n.kind,
        'full_path', n.full_path, 'full_name', n.full_name, 'parent_id', n.parent_id)`.as('namespace'),
      sql<Person | null>`(select jsonb_build_object('id', o.id, 'username', o.username, 'name', o.name, 'state', o.state)
        from users o where o.id = n.owner_id)`.as('owner'),
      sql<SharedGroup[]>`coalesce((
        select jsonb_agg(jsonb_build_object('groupId', g.id, 'name', g.name, 'fullPath', g.full_path,
                                            'accessLevel', k.group_access, 'expiresAt', k.expires_at) order by k.id)
          from project_group_links k join namespaces g on g.id = k.group_id where k.project_id = p.id), '[]')`.as(
        'sharedWith',
      ),
      sql<number | null>`(select m.access_level from members m
        where m.project_id = p.id and m.user_id = ${userId}::bigint and (m.expires_at is null or m.expires_at > today()))`.as(
        'projectAccess',
      ),
      sql<number | null>`case when n.kind = 'group' then nullif(group_role(${userId}::bigint, n.id), 0) end`.as(
        'groupAccess',
      ),
    ])
}
