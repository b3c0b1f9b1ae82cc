/** Users. */
import { type Selectable, sql } from 'kysely'
import { insertNamespace } from './namespaces.ts'
import type { Db, Tx } from './open.ts'
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

export interface NewUser {
  readonly username: string
  readonly name: string
  readonly email: string
  /** Null: cannot sign in with a password. */
  readonly passwordDigest: string | null
  readonly isAdmin: boolean
  readonly userType: User['user_type']
  readonly createdById: number | null
}

/**
 * Inserts a user; a person also gets a personal namespace at their username. Breaks `users_username`, `users_email` or
 * `routes_pkey` when a name is taken.
 */
export async function insertUser(tx: Tx, user: NewUser): Promise<User> {
  const row = await tx
    .insertInto('users')
    .values({
      username: user.username,
      name: user.name,
      email: user.email,
      password_digest: user.passwordDigest,
      is_admin: user.isAdmin,
      user_type: user.userType,
      created_by_id: user.createdById,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  if (user.userType === 'human') await insertPersonalNamespace(tx, row)
  return row
}

/** The row of the first administrator: id 1, whatever the sequence says. Null when there is a user 1 already. */
export async function insertRoot(tx: Tx, user: NewUser): Promise<User | null> {
  const { rows } = await sql<User>`
    insert into users (id, username, name, email, password_digest, is_admin, user_type, created_by_id)
    overriding system value
    values (1, ${user.username}, ${user.name}, ${user.email}, ${user.passwordDigest}, ${user.isAdmin}, ${user.userType}, ${user.createdById})
    on conflict (id) do nothing
    returning *`.execute(tx)
  const row = rows[0]
  if (!row) return null
  await sql`select setval(pg_get_serial_sequence('users', 'id'), (select max(id) from users))`.execute(tx)
  await insertPersonalNamespace(tx, row)
  return row
}

async function insertPersonalNamespace(tx: Tx, user: User): Promise<void> {
  await insertNamespace(tx, {
    kind: 'user',
    parentId: null,
    ownerId: user.id,
    path: user.username,
    name: user.name,
    description: '',
    visibility: 'public',
  })
}

/** Stores a new password digest. */
export async function setPasswordDigest(tx: Tx, userId: number, digest: string): Promise<void> {
  await tx
    .updateTable('users')
    .set({ password_digest: digest, updated_at: sql<Date>`now()` })
    .where('id', '=', userId)
    .execute()
}
