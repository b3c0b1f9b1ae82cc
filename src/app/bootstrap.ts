/** The first administrator: what a new server needs before anybody can ask it anything. */
import { insertAccessToken, tokenExists } from '../db/access-tokens.ts'
import { systemAuthor, writeAudit } from '../db/audit.ts'
import { digestOf } from '../db/digest.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { findUser, insertRoot, lockUser, updateUser } from '../db/users.ts'
import type { App } from './context.ts'
import { digestPassword, newPassword, passwordMatches } from './password.ts'

export const rootUserId = 1

/**
 * Ensures user 1, `root`, an administrator. With a password given, that is root's password from now on; without one, a password
 * is generated when root is made, and answered that once. A token given is stored with scope `api` unless it was stored before,
 * so one that was revoked stays revoked. Safe to call at every start, and by several servers at once.
 */
export async function bootstrapRoot(
  app: App,
  settings: { readonly password: string | null; readonly token: string | null },
): Promise<{ readonly generatedPassword: string | null }> {
  const existing = await findUser(app.db, rootUserId)
  if (existing) {
    const changed =
      settings.password !== null && !(await passwordMatches(existing.password_digest, settings.password))
        ? await digestPassword(settings.password)
        : null
    await inTransaction(app.db, async (tx) => {
      if (changed !== null) await changePassword(tx, changed)
      await ensureToken(tx, settings.token)
    })
    return { generatedPassword: null }
  }
  const password = settings.password ?? newPassword()
  const digest = await digestPassword(password)
  const made = await inTransaction(app.db, async (tx) => {
    const inserted = await makeRoot(tx, digest)
    await ensureToken(tx, settings.token)
    return inserted
  })
  return { generatedPassword: made && settings.password === null ? password : null }
}

async function makeRoot(tx: Tx, passwordDigest: string): Promise<boolean> {
  const root = await insertRoot(tx, {
    username: 'root',
    name: 'Administrator',
    email: 'admin@example.com',
    passwordDigest,
    isAdmin: true,
    userType: 'human',
    createdById: null,
  })
  if (root) await audit(tx, 'user_created', { type: 'User', id: rootUserId, details: 'Administrator' })
  return root !== null
}

async function changePassword(tx: Tx, digest: string): Promise<void> {
  await updateUser(tx, rootUserId, { password_digest: digest })
  await audit(tx, 'user_password_updated', { type: 'User', id: rootUserId, details: 'Administrator' })
}

async function ensureToken(tx: Tx, token: string | null): Promise<void> {
  // Servers that start together take turns here, so that the second one sees the token.
  await lockUser(tx, rootUserId)
  if (token === null || (await tokenExists(tx, digestOf(token)))) return
  const { id, name } = await insertAccessToken(tx, {
    userId: rootUserId,
    name: 'bootstrap',
    description: 'Given in the settings of the server',
    digest: digestOf(token),
    scopes: ['api'],
    expiresAt: null,
    previousId: null,
    createdById: rootUserId,
  })
  await audit(tx, 'personal_access_token_issued', { type: 'PersonalAccessToken', id, details: name })
}

async function audit(tx: Tx, event: string, target: { type: string; id: number; details: string }): Promise<void> {
  await writeAudit(tx, [{ event, entity: { type: 'User', id: rootUserId }, target, details: {} }], systemAuthor)
}
