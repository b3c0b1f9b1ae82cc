/** Who a login names: a username or an e-mail address, in any case. */
import { sql } from 'kysely'
import type { Db } from './open.ts'
import type { User } from './users.ts'

export async function userByLogin(db: Db, login: string): Promise<User | null> {
  const row = await db
    .selectFrom('users')
    .selectAll()
    .where(sql<boolean>`lower(username) = lower(${login}) or lower(email) = lower(${login})`)
    .where('user_type', '=', 'human')
    .executeTakeFirst()
  return row ?? null
}
