/** Cancels every job of a pipeline that can still be cancelled. */
import type { AuditAuthor } from '../db/audit.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { cancelJobsOf } from './cancel-jobs.ts'
import { type App, authorOf } from './context.ts'
import { passOnAfterCommit } from './pass-resource.ts'
import { processPipeline } from './process-pipeline.ts'

/**
 * GitLab Pipelines API, "Cancel a pipeline's jobs". Jobs that the person may not touch, because a protected environment keeps
 * them out, stay as they are.
 */
export async function cancelPipeline(app: App, actor: Actor, pipelineId: number): Promise<void> {
  await inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, pipelineId)
    await cancelRest(app, tx, pipelineId, authorOf(actor), actor)
    await processPipeline(tx, pipelineId, app.now(), authorOf(actor))
  })
}

/**
 * The same inside a transaction that holds the lease; the caller processes the pipeline afterwards. Child pipelines follow, and
 * what waited for a resource of these jobs gets its turn.
 */
export async function cancelRest(
  app: App,
  tx: Tx,
  pipelineId: number,
  author: AuditAuthor,
  actor: Actor | null = null,
): Promise<void> {
  passOnAfterCommit(app, tx, await cancelJobsOf(tx, pipelineId, author, actor))
}
