/** Personal, project and group access tokens: only their digest is stored. */
import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from './open.ts'
import type { AccessTokenTable } from './tables.ts'

export type AccessToken = Selectable<AccessTokenTable>

/** The part of an actor that comes from the user's row. */
export interface ActiveUser {
  readonly userId: number
  readonly username: string
  readonly name: string
  readonly isAdmin: boolean
}

export interface TokenHolder {
  readonly tokenId: number
  readonly scopes: readonly string[]
  readonly user: ActiveUser
  /** The last use on record is older than what clients are told: `recordTokenUse` is due. */
  readonly stale: boolean
}

/** Who a token speaks for; null when it is unknown, revoked or expired, or its person is not active (threat T4). */
export async function tokenHolder(db: Db, digest: Buffer, ip: string | null = null): Promise<TokenHolder | null> {
  const row = await db
    .selectFrom('access_tokens as t')
    .innerJoin('users as u', 'u.id', 't.user_id')
    .select(['t.id', 't.scopes', 'u.id as userId', 'u.username', 'u.name', 'u.is_admin as isAdmin'])
    .select(
      sql<boolean>`t.last_used_at is null or t.last_used_at < now() - interval '10 minutes'
        or (t.last_used_at < now() - interval '1 minute' and not ${ip}::text = any (t.last_used_ips))`.as('stale'),
    )
    .where('t.token_digest', '=', digest)
    .where('t.revoked_at', 'is', null)
    .where((eb) => eb.or([eb('t.expires_at', 'is', null), eb('t.expires_at', '>', sql<string>`today()`)]))
    .where('u.state', '=', 'active')
    .executeTakeFirst()
  if (!row) return null
  const { id, scopes, stale, ...user } = row
  return { tokenId: id, scopes, user, stale }
}

/** Why the person behind a token that is valid in itself may not act; null for any other token. */
export async function inactiveHolder(db: Db, digest: Buffer): Promise<'blocked' | 'deactivated' | null> {
  const row = await db
    .selectFrom('access_tokens as t')
    .innerJoin('users as u', 'u.id', 't.user_id')
    .select('u.state')
    .where('t.token_digest', '=', digest)
    .where('t.revoked_at', 'is', null)
    .where((eb) => eb.or([eb('t.expires_at', 'is', null), eb('t.expires_at', '>', sql<string>`today()`)]))
    .executeTakeFirst()
  return row === undefined || row.state === 'active' ? null : row.state
}

/** Remembers when and from where a token was last used. Somebody else who is doing so is not waited for. */
export async function recordTokenUse(tx: Tx, id: number, ip: string): Promise<void> {
  await sql`
    update access_tokens t
       set last_used_at = now(), last_used_ips = (array_prepend(${ip}::text, array_remove(t.last_used_ips, ${ip}::text)))[1:5]
     where t.id = (select id from access_tokens where id = ${id} for update skip locked)`.execute(tx)
}

export interface NewAccessToken {
  readonly userId: number
  readonly name: string
  readonly description: string | null
  readonly digest: Buffer
  readonly scopes: readonly string[]
  /** The first day on which it no longer works, YYYY-MM-DD; null: never. */
  readonly expiresAt: string | null
  /** The token that this one replaces. */
  readonly previousId: number | null
  readonly createdById: number | null
  /** Where a project or group access token belongs; undefined: it is a person's. */
  readonly owner?: TokenOwner | undefined
}

export type TokenOwner = { readonly projectId: number } | { readonly groupId: number }

/** Where a token belongs; undefined: it is a person's. */
export function ownerOf(token: AccessToken): TokenOwner | undefined {
  if (token.project_id !== null) return { projectId: token.project_id }
  return token.group_id === null ? undefined : { groupId: token.group_id }
}

/** Inserts a token. Breaks `access_tokens_token_digest_key` when the same token exists. */
export async function insertAccessToken(tx: Tx, token: NewAccessToken): Promise<AccessToken> {
  return tx
    .insertInto('access_tokens')
    .values({
      user_id: token.userId,
      name: token.name,
      description: token.description,
      token_digest: token.digest,
      scopes: [...token.scopes],
      expires_at: token.expiresAt,
      previous_id: token.previousId,
      created_by_id: token.createdById,
      project_id: token.owner && 'projectId' in token.owner ? token.owner.projectId : null,
      group_id: token.owner && 'groupId' in token.owner ? token.owner.groupId : null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** A valid token by id, which cannot be revoked before the transaction ends; null when it no longer is valid. */
export async function callingToken(
  tx: Tx,
  id: number,
): Promise<{ readonly scopes: readonly string[]; readonly expiresAt: string | null } | null> {
  const row = await tx
    .selectFrom('access_tokens')
    .select(['scopes', 'expires_at as expiresAt'])
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  return row ?? null
}

/** Locks a token's row until the transaction ends; null when there is none. */
export async function lockAccessToken(tx: Tx, id: number): Promise<AccessToken | null> {
  const row = await tx.selectFrom('access_tokens').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return row ?? null
}

export async function revokeToken(tx: Tx, id: number): Promise<void> {
  await tx.updateTable('access_tokens').set({ revoked_at: sql<Date>`now()` }).where('id', '=', id).execute()
}

/** Revokes every token that was made, in any number of rotations, from this one. Answers those that still worked. */
export async function revokeFamily(tx: Tx, id: number): Promise<AccessToken[]> {
  const { rows } = await sql<AccessToken>`
    with recursive family as (
      select id from access_tokens where previous_id = ${id}
      union select t.id from access_tokens t join family f on t.previous_id = f.id
    )
    update access_tokens t set revoked_at = now() from family f
     where t.id = f.id and t.revoked_at is null returning t.*`.execute(tx)
  return rows
}

/** Whether a token with this digest was ever stored, valid or not. */
export async function tokenExists(db: Db, digest: Buffer): Promise<boolean> {
  const row = await db.selectFrom('access_tokens').select('id').where('token_digest', '=', digest).executeTakeFirst()
  return row !== undefined
}
