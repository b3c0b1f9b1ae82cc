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

/** Signs a person out everywhere but here. */
export async function endOtherSessions(tx: Tx, userId: number, sessionId: number): Promise<void> {
  await tx.deleteFrom('sessions').where('user_id', '=', userId).where('id', '<>', sessionId).execute()
}

/** How long a session lasts without being used, in days; each visit extends it. */
const sessionDays = 14

/** Opens a session for a person who has just proved who they are. */
export async function insertSession(
  tx: Tx,
  session: {
    readonly userId: number
    readonly digest: Buffer
    readonly ip: string | null
    readonly userAgent: string | null
  },
): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({
      token_digest: session.digest,
      user_id: session.userId,
      ip: session.ip,
      user_agent: session.userAgent?.slice(0, 500) ?? null,
      expires_at: sql<Date>`now() + make_interval(days => ${sessionDays})`,
    })
    .execute()
  await tx.deleteFrom('sessions').where('expires_at', '<', sql<Date>`now()`).execute()
}

export async function deleteSession(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('sessions').where('id', '=', id).execute()
}

/** Notes that a session is in use and extends it, at most once an hour. */
export async function extendSession(tx: Tx, id: number): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ last_seen_at: sql`now()`, expires_at: sql<Date>`now() + make_interval(days => ${sessionDays})` })
    .where('id', '=', id)
    .where('last_seen_at', '<', sql<Date>`now() - interval '1 hour'`)
    .execute()
}
