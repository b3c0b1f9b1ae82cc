/** Replaces the registration token of the instance, a group or a project. Only its digest is kept. */
import { writeAudit } from '../db/audit.ts'
import { newToken } from '../db/digest.ts'
import { type RegistrationOwner, replaceRegistrationToken } from '../db/registration-tokens.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { type App, authorOf } from './context.ts'
import { runnerScope } from './runner-scope.ts'

/** Answers the new token; the old one registers nothing from the commit on. */
export async function resetRegistrationToken(app: App, actor: Actor, owner: RegistrationOwner): Promise<string> {
  const token = newToken('GR1348941')
  await inTransaction(app.db, async (tx) => {
    await replaceRegistrationToken(tx, owner, token)
    const target = { type: 'RegistrationToken', id: owner.id, details: owner.type }
    const entry = { event: 'ci_runner_token_reset', entity: runnerScope(owner), target, details: {} }
    await writeAudit(tx, [entry], authorOf(actor))
  })
  return token
}
