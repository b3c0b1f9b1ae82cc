/** Users: reading and inserting them. */
import { type Selectable, sql, type Updateable } from 'kysely'
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

/** Locks a user's row until the transaction ends; null when there is none. */
export async function lockUser(tx: Tx, id: number): Promise<User | null> {
  const row = await tx.selectFrom('users').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return row ?? null
}

/** A user who cannot be removed before the transaction ends; null when there is none. */
export async function shareUser(tx: Tx, id: number): Promise<User | null> {
  const row = await tx.selectFrom('users').selectAll().where('id', '=', id).forKeyShare().executeTakeFirst()
  return row ?? null
}

/** Sets columns of a user. Breaks `users_username` or `users_email` when a name is taken. */
export async function updateUser(tx: Tx, id: number, changes: Updateable<UserTable>): Promise<void> {
  await tx
    .updateTable('users')
    .set({ ...changes, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** Which of these are somebody's already; `except` is the user who may keep theirs. A username can be a group's path, too. */
export async function takenNames(
  db: Db,
  names: { readonly username?: string | undefined; readonly email?: string | undefined },
  except: number | null,
): Promise<{ readonly username: boolean; readonly email: boolean }> {
  const { rows } = await sql<{ username: boolean; email: boolean }>`
    select exists (select 1 from users where lower(username) = lower(${names.username ?? null}::text) and id is distinct from ${except}::bigint)
           or exists (select 1 from routes r left join namespaces n on n.id = r.namespace_id
                       where r.path = lower(${names.username ?? null}::text)
                         and (n.owner_id is null or n.owner_id is distinct from ${except}::bigint)) as username,
           exists (select 1 from users where lower(email) = lower(${names.email ?? null}::text) and id is distinct from ${except}::bigint) as email`.execute(
    db,
  )
  return rows[0] ?? { username: false, email: false }
}

/**
 * Locks all active administrators, and says whether there is one beside `id`. Before that user's own row, always: two who remove
 * each other wait then, instead of deadlocking.
 */
export async function hasOtherAdministrator(tx: Tx, id: number): Promise<boolean> {
  const admins = await tx
    .selectFrom('users')
    .select('id')
    .where('is_admin', '=', true)
    .where('state', '=', 'active')
    .orderBy('id')
    .forUpdate()
    .execute()
  return admins.some((admin) => admin.id !== id)
}

/** Whether there is an active administrator beside `id`, as far as can be seen without locking anything. */
export async function seesOtherAdministrator(db: Db, id: number): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('is_admin', '=', true)
    .where('state', '=', 'active')
    .where('id', '<>', id)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a vote of this user is on record. */
export async function hasVoted(db: Db, userId: number): Promise<boolean> {
  const row = await db
    .selectFrom('deployment_approvals')
    .select('id')
    .where('user_id', '=', userId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Deletes a user's row and what belongs to it. Nothing may name them any more: departed-subjects.ts sees to that. */
export async function removeUser(tx: Tx, userId: number): Promise<void> {
  await tx.deleteFrom('users').where('id', '=', userId).execute()
}

/** The users with these ids or usernames; who is not there is left out. */
export async function usersNamed(
  db: Db,
  ids: readonly number[],
  usernames: readonly string[],
): Promise<readonly Pick<User, 'id' | 'username'>[]> {
  const { rows } = await sql<Pick<User, 'id' | 'username'>>`
    select id, username from users
     where id = any (${ids}::bigint[]) or lower(username) = any (${usernames.map((name) => name.toLowerCase())}::text[])
     order by id`.execute(db)
  return rows
}
