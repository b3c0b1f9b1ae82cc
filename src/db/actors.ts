/** People for whom the server acts when nobody is calling: recovery, schedules. */
import type { Actor } from '../domain/access.ts'
import type { Db } from './open.ts'

/** An active user as an actor of the server itself; null when they may not act any more. */
export async function findActor(db: Db, userId: number): Promise<Actor | null> {
  const row = await db
    .selectFrom('users')
    .select(['id as userId', 'username', 'name', 'is_admin as isAdmin'])
    .where('id', '=', userId)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return row ? { ...row, credential: { kind: 'system' }, ip: null } : null
}
