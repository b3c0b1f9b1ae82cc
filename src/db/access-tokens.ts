/** Personal, project and group access tokens: only their digest is stored. */
import { sql } from 'kysely'
import type { Db } from './open.ts'

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
