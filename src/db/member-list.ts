/** Members with their users, in lists. */
import { type SqlBool, sql } from 'kysely'
import type { MemberSource } from './members.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import { containing } from './pattern.ts'
import type { User } from './users.ts'

type Person = Pick<User, 'id' | 'username' | 'name' | 'state'>

export interface MemberDetails {
  readonly user: Person
  readonly accessLevel: number
  readonly expiresAt: string | null
  readonly createdAt: Date
  readonly createdBy: Person | null
}

export interface MemberFilter {
  readonly query?: string | undefined
  readonly userIds?: readonly number[] | undefined
  readonly skipUsers?: readonly number[] | undefined
}

interface Row {
  user_id: number
  access_level: number
  expires_at: string | null
  created_at: Date
  created_by_id: number | null
  member_id: number
}

/** @param reach `direct` members, or `all` with those inherited from ancestors and invited groups */
export async function listMembers(
  db: Db,
  source: MemberSource,
  reach: 'direct' | 'all',
  filter: MemberFilter,
  page: { readonly page: number; readonly per_page: number },
): Promise<Page<MemberDetails>> {
  const { query, userIds, skipUsers } = filter
  const rows = membersOf(db, source, reach)
    .where((eb) =>
      eb.and([
        ...(query ? [sql<SqlBool>`(u.name ilike ${containing(query)} or u.username ilike ${containing(query)})`] : []),
        ...(userIds ? [sql<SqlBool>`u.id = any (${userIds}::bigint[])`] : []),
        ...(skipUsers ? [sql<SqlBool>`not u.id = any (${skipUsers}::bigint[])`] : []),
      ]),
    )
    .orderBy('m.member_id')
    .orderBy('m.user_id')
  const found = await fetchPage(db, rows, page)
  return { ...found, items: found.items.map(detailsOf) }
}

/** One member; null when the person is none. */
export async function findMember(
  db: Db,
  source: MemberSource,
  reach: 'direct' | 'all',
  userId: number,
): Promise<MemberDetails | null> {
  if (!Number.isSafeInteger(userId)) return null
  const row = await membersOf(db, source, reach).where('m.user_id', '=', userId).executeTakeFirst()
  return row ? detailsOf(row) : null
}

function membersOf(db: Db, source: MemberSource, reach: 'direct' | 'all') {
  const isGroup = 'groupId' in source
  const id = isGroup ? source.groupId : source.projectId
  const all = isGroup ? sql<Row>`all_group_members(${id})` : sql<Row>`all_project_members(${id})`
  const direct = sql<Row>`(
    select user_id, access_level, expires_at, created_at, created_by_id, id as member_id from members
     where ${sql.ref(isGroup ? 'namespace_id' : 'project_id')} = ${id} and (expires_at is null or expires_at > today()))`
  return db
    .selectFrom((reach === 'all' ? all : direct).as('m'))
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .leftJoin('users as c', 'c.id', 'm.created_by_id')
    .select(['m.access_level', 'm.expires_at', 'm.created_at', 'u.id', 'u.username', 'u.name', 'u.state'])
    .select(['c.id as creatorId', 'c.username as creatorUsername', 'c.name as creatorName', 'c.state as creatorState'])
}

type DetailRow = Awaited<ReturnType<ReturnType<typeof membersOf>['execute']>>[number]

function detailsOf(row: DetailRow): MemberDetails {
  const { creatorId: id, creatorUsername: username, creatorName: name, creatorState: state } = row
  return {
    user: { id: row.id, username: row.username, name: row.name, state: row.state },
    accessLevel: row.access_level,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    createdBy: id && username && name && state ? { id, username, name, state } : null,
  }
}

/** The direct memberships of a person, named as the API names them. */
export async function membershipsOf(
  db: Db,
  userId: number,
  type: 'Project' | 'Namespace' | undefined,
  page: { readonly page: number; readonly per_page: number },
) {
  const rows = db
    .selectFrom('members as m')
    .leftJoin('projects as p', 'p.id', 'm.project_id')
    .leftJoin('namespaces as n', 'n.id', 'm.namespace_id')
    .select([
      sql<number>`coalesce(m.project_id, m.namespace_id)`.as('source_id'),
      sql<string>`coalesce(p.name, n.name)`.as('source_name'),
      sql<'Project' | 'Namespace'>`case when m.project_id is null then 'Namespace' else 'Project' end`.as(
        'source_type',
      ),
      'm.access_level',
    ])
    .where('m.user_id', '=', userId)
    .where(sql<SqlBool>`(m.expires_at is null or m.expires_at > today())`)
    .where((eb) =>
      type ? eb(type === 'Project' ? 'm.project_id' : 'm.namespace_id', 'is not', null) : sql<SqlBool>`true`,
    )
    .orderBy('m.id')
  return fetchPage(db, rows, page)
}
