/** Keeps repositories fast and small while they are in use. */
import { claimMaintenance } from '../db/maintenance.ts'
import { deleteSettledPushes } from '../db/pushes.ts'
import { inTransaction } from '../db/transaction.ts'
import { maintainRepository } from '../git/maintenance.ts'
import type { App } from './context.ts'

/** A settled push is of use only to whoever looks into what happened lately, in days. */
const keepPushes = 30

/**
 * Maintains each repository that was pushed to since its last turn, at most once a day and on one server. A repository that
 * cannot be maintained is logged and has its next turn tomorrow. Ends early when the server stops.
 */
export async function maintainRepositories(app: App): Promise<void> {
  await inTransaction(app.db, (tx) => deleteSettledPushes(tx, keepPushes))
  while (!app.closing.aborted) {
    const projectId = await inTransaction(app.db, (tx) => claimMaintenance(tx))
    if (projectId === null) return
    try {
      if (await app.repositories.exists(projectId)) {
        await maintainRepository(app.repositories.open(projectId), undefined, app.closing)
      }
    } catch (error) {
      if (!app.closing.aborted) app.log.error({ err: error, project_id: projectId }, 'a repository is not maintained')
    }
  }
}
