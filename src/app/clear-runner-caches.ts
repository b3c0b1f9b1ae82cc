/** Clearing a project's runner caches: runners keep them, so all that changes here is the name they are looked up by. */
import { writeAudit } from '../db/audit.ts'
import { nextCacheIndex } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { type App, authorOf } from './context.ts'

/** Answers the number that is part of every cache key of the project from now on. The caller checks who may. */
export async function clearRunnerCaches(
  app: App,
  actor: Actor,
  project: { readonly id: number; readonly full_path: string },
): Promise<number> {
  return inTransaction(app.db, async (tx) => {
    const index = await nextCacheIndex(tx, project.id)
    const entity = { type: 'Project' as const, id: project.id }
    const target = { type: 'Project', id: project.id, details: project.full_path }
    await writeAudit(
      tx,
      [{ event: 'runner_caches_cleared', entity, target, details: { jobs_cache_index: index } }],
      authorOf(actor),
    )
    return index
  })
}
