/** A new user, with their personal namespace. */
import { writeAudit } from '../db/audit.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import { insertUser, takenNames, updateUser } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { userProblems } from '../domain/user-rules.ts'
import { type App, authorOf } from './context.ts'
import { digestPassword } from './password.ts'

export interface NewUserRequest {
  readonly username: string
  readonly name: string
  readonly email: string
  /** Null: the account cannot sign in with a password. */
  readonly password: string | null
  readonly isAdmin: boolean
  readonly profile: Readonly<Record<string, string>>
}

export const usernameTaken: Refusal = { code: 'conflict', sentence: 'Username has already been taken' }
export const emailTaken: Refusal = { code: 'conflict', sentence: 'Email has already been taken' }

/** What the database says when two requests want the same name at once. */
export const takenUserNames = { users_username: usernameTaken, users_email: emailTaken, routes_pkey: usernameTaken }

/** Creates a user (GitLab Users API, "Create a user"); only for administrators, which the caller checks. Answers the id. */
export async function createUser(app: App, actor: Actor, request: NewUserRequest): Promise<Result<number, Refusal>> {
  const { password, ...fields } = request
  const errors = userProblems({ ...fields, password: password ?? undefined })
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  const passwordDigest = password === null ? null : await digestPassword(password)
  return refuseTaken(
    inTransaction(app.db, (tx) => insert(tx, actor, request, passwordDigest)),
    takenUserNames,
  )
}

async function insert(
  tx: Tx,
  actor: Actor,
  request: NewUserRequest,
  passwordDigest: string | null,
): Promise<Result<number, Refusal>> {
  const taken = await takenNames(tx, request, null)
  if (taken.email) return err(emailTaken)
  if (taken.username) return err(usernameTaken)
  const user = await insertUser(tx, {
    username: request.username,
    name: request.name,
    email: request.email,
    passwordDigest,
    isAdmin: request.isAdmin,
    userType: 'human',
    createdById: actor.userId,
  })
  await updateUser(tx, user.id, { profile: JSON.stringify(request.profile) })
  const entry = {
    event: 'user_created',
    entity: { type: 'User', id: user.id },
    target: { type: 'User', id: user.id, details: user.name },
    details: { add: 'user', username: user.username, email: user.email, admin: user.is_admin },
  } as const
  await writeAudit(tx, [entry], authorOf(actor))
  return ok(user.id)
}
