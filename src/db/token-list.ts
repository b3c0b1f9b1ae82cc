/** Access tokens in lists. */
import { type SqlBool, sql } from 'kysely'
import type { AccessToken, TokenOwner } from './access-tokens.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import { containing } from './pattern.ts'

export interface TokenFilter {
  /** Tokens of these users; undefined: of everybody. */
  readonly userIds?: readonly number[] | undefined
  /** Tokens of this project or group. */
  readonly owner?: TokenOwner | undefined
  readonly state?: 'active' | 'inactive' | undefined
  readonly revoked?: boolean | undefined
  readonly search?: string | undefined
  readonly createdAfter?: Date | undefined
  readonly createdBefore?: Date | undefined
  readonly lastUsedAfter?: Date | undefined
  readonly lastUsedBefore?: Date | undefined
  /** YYYY-MM-DD. */
  readonly expiresAfter?: string | undefined
  readonly expiresBefore?: string | undefined
  /** `created_asc`, `expires_desc`, …; undefined: by id. */
  readonly sort?: string | undefined
}

const sortColumns = {
  created: 'created_at',
  expires: 'expires_at',
  last_used: 'last_used_at',
  name: 'name',
} as const

const works = sql<SqlBool>`(revoked_at is null and (expires_at is null or expires_at > today()))`

export async function listAccessTokens(
  db: Db,
  filter: TokenFilter,
  page: { readonly page: number; readonly per_page: number },
): Promise<Page<AccessToken>> {
  const rows = db
    .selectFrom('access_tokens')
    .selectAll()
    .where((eb) =>
      eb.and([
        ...(filter.userIds ? [sql<SqlBool>`user_id = any (${filter.userIds}::bigint[])`] : []),
        ...(filter.owner ? [belongsTo(filter.owner)] : []),
        ...(filter.state === 'active' ? [works] : []),
        ...(filter.state === 'inactive' ? [sql<SqlBool>`not ${works}`] : []),
        ...(filter.revoked === undefined ? [] : [eb('revoked_at', filter.revoked ? 'is not' : 'is', null)]),
        ...(filter.search ? [eb('name', 'ilike', containing(filter.search))] : []),
        ...(filter.createdAfter ? [eb('created_at', '>=', filter.createdAfter)] : []),
        ...(filter.createdBefore ? [eb('created_at', '<=', filter.createdBefore)] : []),
        ...(filter.lastUsedAfter ? [eb('last_used_at', '>=', filter.lastUsedAfter)] : []),
        ...(filter.lastUsedBefore ? [eb('last_used_at', '<=', filter.lastUsedBefore)] : []),
        ...(filter.expiresAfter ? [eb('expires_at', '>=', filter.expiresAfter)] : []),
        ...(filter.expiresBefore ? [eb('expires_at', '<=', filter.expiresBefore)] : []),
      ]),
    )
  const match = /^(created|expires|last_used|name)_(asc|desc)$/.exec(filter.sort ?? '')
  const direction = match?.[2] === 'desc' ? 'desc' : 'asc'
  const sorted = match ? rows.orderBy(sortColumns[match[1] as keyof typeof sortColumns], direction) : rows
  return fetchPage(db, sorted.orderBy('id', direction), page)
}

/** A token by id; null when there is none. */
export async function findAccessToken(db: Db, id: number): Promise<AccessToken | null> {
  if (!Number.isSafeInteger(id)) return null
  const row = await db.selectFrom('access_tokens').selectAll().where('id', '=', id).executeTakeFirst()
  return row ?? null
}

/** A token of a project or group with its bot's role there, null when the bot is no member any more. */
export interface ResourceToken {
  readonly token: AccessToken
  readonly accessLevel: number | null
}

/** A token by id, if it belongs to this project or group. */
export async function findResourceToken(db: Db, owner: TokenOwner, id: number): Promise<ResourceToken | null> {
  if (!Number.isSafeInteger(id)) return null
  const token = await db
    .selectFrom('access_tokens')
    .selectAll()
    .where('id', '=', id)
    .where(belongsTo(owner))
    .executeTakeFirst()
  return token ? ((await withRoles(db, owner, [token]))[0] ?? null) : null
}

/** Adds the roles of the bots. */
export async function withRoles(
  db: Db,
  owner: TokenOwner,
  tokens: readonly AccessToken[],
): Promise<readonly ResourceToken[]> {
  const bots = tokens.map((token) => token.user_id)
  const rows = await db
    .selectFrom('members')
    .select(['user_id', 'access_level'])
    .where(
      'projectId' in owner ? 'project_id' : 'namespace_id',
      '=',
      'projectId' in owner ? owner.projectId : owner.groupId,
    )
    .where(sql<SqlBool>`user_id = any (${bots}::bigint[])`)
    .execute()
  const levels = new Map(rows.map((row) => [row.user_id, row.access_level]))
  return tokens.map((token) => ({ token, accessLevel: levels.get(token.user_id) ?? null }))
}

function belongsTo(owner: TokenOwner) {
  return 'projectId' in owner
    ? sql<SqlBool>`project_id = ${owner.projectId}`
    : sql<SqlBool>`group_id = ${owner.groupId}`
}
