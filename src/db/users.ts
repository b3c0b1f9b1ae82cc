/** Users. */
import type { Selectable } from 'kysely'
import type { Db } from './open.ts'
import type { UserTable } from './tables.ts'

export type User = Selectable<UserTable>

/** A user with the id of their personal namespace. */
export async function findUser(db: Db, id: number): Promise<(User & { namespaceId: number | null }) | null> {
  const row = await db
    .selectFrom('users as u')
    .leftJoin('namespaces as n', 'n.owner_id', 'u.id')
    .selectAll('u')
    .select('n.id as namespaceId')
    .where('u.id', '=', id)
    .executeTakeFirst()
  return row ?? null
}
