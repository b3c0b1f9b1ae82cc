/** Browser sessions: a random cookie whose digest is stored. */
import { sql } from 'kysely'
import type { ActiveUser } from './access-tokens.ts'
import type { Db, Tx } from './open.ts'

/** The session behind a cookie; null when it is over or its person is not active. */
export async function sessionByToken(
  db: Db,
  digest: Buffer,
): Promise<{ readonly id: number; readonly user: ActiveUser } | null> {
  const row = await db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .select(['s.id', 'u.id as userId', 'u.username', 'u.name', 'u.is_admin as isAdmin'])
    .where('s.token_digest', '=', digest)
    .where('s.expires_at', '>', sql<Date>`now()`)
    .where('u.state', '=', 'active')
    .executeTakeFirst()
  if (!row) return null
  const { id, ...user } = row
  return { id, user }
}

/** Signs a person out everywhere. */
export async function endSessions(tx: Tx, userId: number): Promise<void> {
  await tx.deleteFrom('sessions').where('user_id', '=', userId).execute()
}
