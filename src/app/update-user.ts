/** Changes to a user, each with its own audit row. */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import { personalNamespaceId, renameNamespace } from '../db/namespaces.ts'
import type { Tx } from '../db/open.ts'
import { endSessions } from '../db/sessions.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import { hasOtherAdministrator, lockUser, updateUser as setColumns, takenNames, type User } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { userProblems } from '../domain/user-rules.ts'
import { type App, authorOf } from './context.ts'
import { emailTaken, takenUserNames, usernameTaken } from './create-user.ts'
import { digestPassword } from './password.ts'

/** What to change; what is undefined stays. */
export interface UserChanges {
  readonly username?: string | undefined
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly password?: string | undefined
  readonly isAdmin?: boolean | undefined
  readonly profile: Readonly<Record<string, string>>
}

export const lastAdministrator: Refusal = {
  code: 'conflict',
  sentence: 'The last active administrator cannot be removed, blocked or made an ordinary user',
}

/** Changes a user (GitLab Users API, "Modify a user"); only for administrators, which the caller checks. */
export async function updateUser(
  app: App,
  actor: Actor,
  userId: number,
  changes: UserChanges,
): Promise<Result<void, Refusal>> {
  const errors = userProblems(changes)
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  const digest = changes.password === undefined ? undefined : await digestPassword(changes.password)
  return refuseTaken(
    inTransaction(app.db, (tx) => change(tx, actor, userId, changes, digest)),
    takenUserNames,
  )
}

async function change(
  tx: Tx,
  actor: Actor,
  userId: number,
  changes: UserChanges,
  passwordDigest: string | undefined,
): Promise<Result<void, Refusal>> {
  const replaceable = changes.isAdmin !== false || (await hasOtherAdministrator(tx, userId))
  const user = await lockUser(tx, userId)
  if (!user) return err({ code: 'not_found', what: 'User' })
  const taken = await takenNames(tx, changes, userId)
  if (taken.email) return err(emailTaken)
  if (taken.username) return err(usernameTaken)
  if (user.is_admin && user.state === 'active' && !replaceable) return err(lastAdministrator)

  const { username = user.username, name = user.name, email = user.email, isAdmin = user.is_admin } = changes
  const profile = { ...user.profile, ...changes.profile }
  await setColumns(tx, userId, {
    username,
    name,
    email,
    is_admin: isAdmin,
    profile: JSON.stringify(profile),
    ...(passwordDigest === undefined ? {} : { password_digest: passwordDigest }),
  })
  if (username !== user.username || name !== user.name) {
    const namespaceId = await personalNamespaceId(tx, userId)
    if (namespaceId !== null) await renameNamespace(tx, namespaceId, { path: username, name })
  }
  if (passwordDigest !== undefined) await endSessions(tx, userId)
  const after = { username, name, email, is_admin: isAdmin, profile }
  await writeAudit(tx, entriesFor(user, after, passwordDigest !== undefined), authorOf(actor))
  return ok(undefined)
}

type Audited = Pick<User, 'username' | 'name' | 'email' | 'is_admin' | 'profile'>

function entriesFor(user: User, after: Audited, password: boolean): AuditEntry[] {
  const entry = (event: string, details: Record<string, unknown>): AuditEntry => ({
    event,
    entity: { type: 'User', id: user.id },
    target: { type: 'User', id: user.id, details: after.name },
    details,
  })
  const changed = (event: string, change: string, from: unknown, to: unknown) =>
    JSON.stringify(from) === JSON.stringify(to) ? [] : [entry(event, { change, from, to })]
  return [
    ...changed('user_email_address_updated', 'email address', user.email, after.email),
    ...changed('user_username_updated', 'username', user.username, after.username),
    ...changed('user_name_updated', 'name', user.name, after.name),
    ...changed('user_admin_status_updated', 'admin status', user.is_admin, after.is_admin),
    ...changed('user_profile_updated', 'profile', user.profile, after.profile),
    ...(password ? [entry('user_password_updated', { custom_message: 'Changed password' })] : []),
  ]
}
