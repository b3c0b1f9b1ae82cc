/** Ends and replaces the credentials of runners. */
import { type AuditAuthor, writeAudit } from '../db/audit.ts'
import { newToken } from '../db/digest.ts'
import type { Tx } from '../db/open.ts'
import { deleteManager, deleteRunner, lockRunner, runnerOwners, setRunnerToken } from '../db/runner-changes.ts'
import type { Runner } from '../db/runners.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { App } from './context.ts'
import { runnerScopes } from './runner-scope.ts'

/** A runner as its caller knew it; when its token is another by now, the caller's credential holds no longer. */
export type KnownRunner = Pick<Runner, 'id' | 'token_digest'>

/** The author of what a runner does with its own token. */
export function runnerAuthor(runner: Pick<Runner, 'short_token'>, ip: string | null): AuditAuthor {
  return { id: null, name: `Runner token: ${runner.short_token}`, ip }
}

/** Removes a runner; jobs keep running, and remember no runner (GitLab Runners API, "Delete a runner"). */
export async function removeRunner(app: App, known: KnownRunner, author: AuditAuthor): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const runner = await lockRunner(tx, known.id)
    if (!runner || !runner.token_digest.equals(known.token_digest)) return err({ code: 'forbidden' })
    await audit(tx, runner, 'ci_runner_unregistered', author)
    await deleteRunner(tx, runner.id)
    return ok(undefined)
  })
}

/** Forgets one machine that used a runner's token; it is known again the next time it calls. */
export async function forgetManager(app: App, runnerId: number, systemId: string): Promise<Result<void, Refusal>> {
  const found = await inTransaction(app.db, (tx) => deleteManager(tx, runnerId, systemId))
  return found ? ok(undefined) : err({ code: 'not_found', what: null })
}

/** Gives a runner a new token; the old one ends with the commit. Answers the new one. */
export async function replaceRunnerToken(
  app: App,
  known: KnownRunner,
  author: AuditAuthor,
): Promise<Result<string, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const runner = await lockRunner(tx, known.id)
    if (!runner || !runner.token_digest.equals(known.token_digest)) return err({ code: 'forbidden' })
    const token = newToken(runner.registration_type === 'registration_token' ? 'glrtr-' : 'glrt-')
    await setRunnerToken(tx, runner.id, token)
    await audit(tx, runner, 'ci_runner_authentication_token_reset', author)
    return ok(token)
  })
}

async function audit(tx: Tx, runner: Runner, event: string, author: AuditAuthor): Promise<void> {
  const target = { type: 'Ci::Runner', id: runner.id, details: runner.description ?? '' }
  const scopes = runnerScopes(runner.runner_type, await runnerOwners(tx, runner))
  await writeAudit(
    tx,
    scopes.map((entity) => ({ event, entity, target, details: {} })),
    author,
  )
}
