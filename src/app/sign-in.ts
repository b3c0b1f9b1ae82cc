/** Proves a password and opens a browser session. */
import { writeAudit } from '../db/audit.ts'
import { digestOf, newToken } from '../db/digest.ts'
import { insertSession } from '../db/sessions.ts'
import { inTransaction } from '../db/transaction.ts'
import { userByLogin } from '../db/user-by-login.ts'
import type { User } from '../db/users.ts'
import type { App } from './context.ts'
import { passwordMatches } from './password.ts'

export interface Credentials {
  /** Username or e-mail address. */
  readonly login: string
  readonly password: string
  readonly ip: string | null
  readonly userAgent: string | null
}

/** The new session's token and its user; null when the login or the password is wrong, or the account is not active. */
export async function signIn(
  app: App,
  given: Credentials,
): Promise<{ readonly token: string; readonly user: User } | null> {
  const user = await userByLogin(app.db, given.login)
  // A password is computed in any case, so that the time does not tell whether the account exists.
  const matches = await passwordMatches(user?.password_digest ?? null, given.password)
  if (!user || !matches || user.state !== 'active') return null
  const token = newToken('')
  await inTransaction(app.db, async (tx) => {
    await insertSession(tx, { userId: user.id, digest: digestOf(token), ip: given.ip, userAgent: given.userAgent })
    const entry = {
      event: 'user_signed_in',
      entity: { type: 'User' as const, id: user.id },
      target: { type: 'User', id: user.id, details: user.name },
      details: {},
    }
    await writeAudit(tx, [entry], { id: user.id, name: user.name, ip: given.ip })
  })
  return { token, user }
}
