/** A person changes their own password. */
import { writeAudit } from '../db/audit.ts'
import { endOtherSessions } from '../db/sessions.ts'
import { inTransaction } from '../db/transaction.ts'
import { findUser, lockUser, updateUser } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { userProblems } from '../domain/user-rules.ts'
import { type App, authorOf } from './context.ts'
import { digestPassword, passwordMatches } from './password.ts'

const wrong: Refusal = { code: 'refused', sentence: 'The current password is not this one.' }

/** @param sessionId the browser session that asks; every other one ends */
export async function changeOwnPassword(
  app: App,
  actor: Actor,
  sessionId: number,
  given: { readonly current_password: string; readonly password: string },
): Promise<Result<void, Refusal>> {
  const before = await findUser(app.db, actor.userId)
  if (!(await passwordMatches(before?.password_digest ?? null, given.current_password))) return err(wrong)
  const errors = userProblems({ password: given.password })
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  const digest = await digestPassword(given.password)
  return inTransaction(app.db, async (tx) => {
    const user = await lockUser(tx, actor.userId)
    // Somebody else changed it meanwhile: what was proved no longer holds.
    if (!user || user.password_digest !== before?.password_digest) return err(wrong)
    await updateUser(tx, user.id, { password_digest: digest })
    await endOtherSessions(tx, user.id, sessionId)
    const entry = {
      event: 'user_password_updated',
      entity: { type: 'User', id: user.id },
      target: { type: 'User', id: user.id, details: user.name },
      details: { custom_message: 'Changed password' },
    } as const
    await writeAudit(tx, [entry], authorOf(actor))
    return ok(undefined)
  })
}
