/** Old review apps on their way out (GitLab Environments API, "Delete multiple stopped review apps"). */
import { writeAudit } from '../db/audit.ts'
import { environmentEntry } from '../db/environment-audit.ts'
import { keptOutOf, lockStoppedReviewApps, scheduleDeletion } from '../db/environment-life.ts'
import type { Environment } from '../db/environments.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { type App, authorOf } from './context.ts'

const week = 7 * 24 * 3_600_000

export interface ReviewAppsOutcome {
  readonly scheduled: readonly Environment[]
  /** Protection keeps the caller out of them; then nothing at all is scheduled. */
  readonly unprocessable: readonly Environment[]
}

/** Has stopped environments of the folder `review` deleted in a week; a dry run only says which. */
export async function cleanReviewApps(
  app: App,
  actor: Actor,
  query: { readonly projectId: number; readonly before: Date; readonly limit: number; readonly dryRun: boolean },
): Promise<ReviewAppsOutcome> {
  return inTransaction(app.db, async (tx) => {
    const found = await lockStoppedReviewApps(tx, query)
    const keptOut = await keptOutOf(
      tx,
      actor.userId,
      found.map((environment) => environment.id),
    )
    const unprocessable = found.filter((environment) => keptOut.has(environment.id))
    if (unprocessable.length > 0) return { scheduled: [], unprocessable }
    if (query.dryRun || found.length === 0) return { scheduled: found, unprocessable }
    const ids = found.map((environment) => environment.id)
    await scheduleDeletion(tx, ids, new Date(app.now().getTime() + week))
    const entries = found.flatMap((environment) => environmentEntry('scheduled_for_deletion', environment, environment))
    await writeAudit(tx, entries, authorOf(actor))
    return { scheduled: found, unprocessable }
  })
}
