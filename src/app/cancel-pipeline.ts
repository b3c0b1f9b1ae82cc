/** Cancels every job of a pipeline that can still be cancelled. */
import { apply } from '../db/apply.ts'
import type { AuditAuthor } from '../db/audit.ts'
import { cancelableJobs } from '../db/cancelable-jobs.ts'
import { cancelChildrenOf } from '../db/errands.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { decideCancel } from '../domain/decide-play.ts'
import { type App, authorOf } from './context.ts'
import { processPipeline } from './process-pipeline.ts'

/**
 * GitLab Pipelines API, "Cancel a pipeline's jobs". Jobs that the person may not touch, because a protected environment keeps
 * them out, stay as they are.
 */
export async function cancelPipeline(app: App, actor: Actor, pipelineId: number): Promise<void> {
  await inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, pipelineId)
    await cancelRest(tx, pipelineId, authorOf(actor), actor)
    await processPipeline(tx, pipelineId, app.now(), authorOf(actor))
  })
}

/** The same inside a transaction that holds the lease; the caller processes the pipeline afterwards. Child pipelines follow. */
export async function cancelRest(
  tx: Tx,
  pipelineId: number,
  author: AuditAuthor,
  actor: Actor | null = null,
): Promise<void> {
  for (const job of await cancelableJobs(tx, { pipelineId, userId: actor?.userId ?? null })) {
    await apply(
      tx,
      decideCancel(job.facts, { force: false, runnerCancelsGracefully: job.runnerCancelsGracefully }),
      author,
    )
  }
  await cancelChildrenOf(tx, pipelineId, actor?.userId ?? null)
}
