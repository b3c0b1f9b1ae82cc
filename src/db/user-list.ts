/** Users with what administrators see of them, one by one and in lists. */
import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import { containing } from './pattern.ts'
import { isBehind, keyValue, type RowKey, type SortColumn } from './row-key.ts'
import type { Database } from './tables.ts'
import type { User } from './users.ts'

export interface UserDetails extends User {
  readonly namespaceId: number | null
  readonly lastSignInAt: Date | null
  /** The latest sign of life, of a browser or of a token. */
  readonly lastActivityAt: Date | null
  readonly createdBy: Pick<User, 'id' | 'username' | 'name' | 'state'> | null
}

export interface UserFilter {
  readonly username?: string | undefined
  /** Part of name or username, or the whole of an e-mail address. */
  readonly search?: string | undefined
  readonly states: readonly User['state'][]
  readonly types?: readonly User['user_type'][] | undefined
  readonly isAdmin?: boolean | undefined
  readonly withoutProjects?: boolean | undefined
  readonly createdAfter?: Date | undefined
  readonly createdBefore?: Date | undefined
  /** May e-mail addresses be searched that are not public? */
  readonly seesEmails: boolean
  readonly orderBy: 'id' | 'name' | 'username' | 'created_at' | 'updated_at'
  readonly sort: 'asc' | 'desc'
}

export async function findUserDetails(db: Db, id: number): Promise<UserDetails | null> {
  if (!Number.isSafeInteger(id)) return null
  const row = await withDetails(db).where('u.id', '=', id).executeTakeFirst()
  return row ?? null
}

export async function listUsers(
  db: Db,
  filter: UserFilter,
  page: { readonly page: number; readonly per_page: number },
): Promise<Page<UserDetails>> {
  const rows = withDetails(db)
    .where((eb) => eb.and(conditions(eb, filter)))
    .orderBy(`u.${filter.orderBy}`, filter.sort)
    .orderBy('u.id', filter.sort)
  return fetchPage(db, rows, page)
}

const columns = {
  id: { ref: 'u.id', type: 'bigint' },
  name: { ref: 'u.name', type: 'text' },
  username: { ref: 'u.username', type: 'text' },
  created_at: { ref: 'u.created_at', type: 'timestamptz' },
  updated_at: { ref: 'u.updated_at', type: 'timestamptz' },
} as const satisfies Record<UserFilter['orderBy'], SortColumn>

/** The type of what users are sorted by. */
export function userKeyType(orderBy: UserFilter['orderBy']): SortColumn['type'] {
  return columns[orderBy].type
}

/** The first users behind a key, each with its own, without counting them. */
export async function usersBehind(
  db: Db,
  filter: UserFilter,
  key: RowKey | null,
  limit: number,
): Promise<readonly (UserDetails & { readonly key: RowKey })[]> {
  const column = columns[filter.orderBy]
  const rows = await withDetails(db)
    .select(keyValue(column).as('keyValue'))
    .where((eb) => eb.and(conditions(eb, filter)))
    .$if(key !== null, (query) => (key === null ? query : query.where(isBehind(column, 'u.id', key, filter.sort))))
    .orderBy(column.ref, filter.sort)
    .orderBy('u.id', filter.sort)
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, key: { value: row.keyValue, id: row.id } }))
}

function withDetails(db: Db) {
  return db
    .selectFrom('users as u')
    .leftJoin('namespaces as n', 'n.owner_id', 'u.id')
    .selectAll('u')
    .select('n.id as namespaceId')
    .select([
      sql<Date | null>`(select max(s.created_at) from sessions s where s.user_id = u.id)`.as('lastSignInAt'),
      sql<Date | null>`greatest((select max(s.last_seen_at) from sessions s where s.user_id = u.id),
                                (select max(t.last_used_at) from access_tokens t where t.user_id = u.id))`.as(
        'lastActivityAt',
      ),
      sql<
        UserDetails['createdBy']
      >`(select jsonb_build_object('id', c.id, 'username', c.username, 'name', c.name, 'state', c.state)
                                       from users c where c.id = u.created_by_id)`.as('createdBy'),
    ])
}

type Users = ExpressionBuilder<Database & { u: Database['users'] }, 'u'>

function conditions(eb: Users, filter: UserFilter) {
  const { username, search, types } = filter
  const email = filter.seesEmails ? sql<string>`u.email` : sql<string>`u.profile ->> 'public_email'`
  return [
    ...(username === undefined ? [] : [sql<SqlBool>`lower(u.username) = ${username.toLowerCase()}`]),
    ...(search === undefined || search === ''
      ? []
      : [
          sql<SqlBool>`(u.name ilike ${containing(search)} or u.username ilike ${containing(search)} or lower(${email}) = ${search.toLowerCase()})`,
        ]),
    sql<SqlBool>`u.state = any (${filter.states})`,
    ...(types ? [eb('u.user_type', 'in', types)] : []),
    ...(filter.isAdmin ? [eb('u.is_admin', '=', true)] : []),
    ...(filter.createdAfter ? [eb('u.created_at', '>=', filter.createdAfter)] : []),
    ...(filter.createdBefore ? [eb('u.created_at', '<=', filter.createdBefore)] : []),
    ...(filter.withoutProjects
      ? [sql<SqlBool>`not exists (select 1 from members m where m.user_id = u.id and m.project_id is not null)`]
      : []),
  ]
}
