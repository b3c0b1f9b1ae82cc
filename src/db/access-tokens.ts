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

/** Who a token speaks for; null when it is unknown, revoked or expired, or its person is not active (threat T4). */
export async function tokenHolder(
  db: Db,
  digest: Buffer,
): Promise<{ readonly tokenId: number; readonly scopes: readonly string[]; readonly user: ActiveUser } | null> {
  const row = await db
    .selectFrom('access_tokens as t')
    .innerJoin('users as u', 'u.id', 't.user_id')
    .select(['t.id', 't.scopes', 'u.id as userId', 'u.username', 'u.name', 'u.is_admin as isAdmin'])
    .where('t.token_digest', '=', digest)
    .where('t.revoked_at', 'is', null)
    .where((eb) => eb.or([eb('t.expires_at', 'is', null), eb('t.expires_at', '>', sql<string>`today()`)]))
    .where('u.state', '=', 'active')
    .executeTakeFirst()
  if (!row) return null
  const { id, scopes, ...user } = row
  return { tokenId: id, scopes, user }
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
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Whether a token with this digest was ever stored, valid or not. */
export async function tokenExists(db: Db, digest: Buffer): Promise<boolean> {
  const row = await db.selectFrom('access_tokens').select('id').where('token_digest', '=', digest).executeTakeFirst()
  return row !== undefined
}
