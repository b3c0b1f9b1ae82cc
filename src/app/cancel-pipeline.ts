/** Cancels every job of a pipeline that can still be cancelled. */
import { apply } from '../db/apply.ts'
import type { AuditAuthor } from '../db/audit.ts'
import { cancelableJobs, resourcesOf } from '../db/cancelable-jobs.ts'
import { cancelChildrenOf } from '../db/errands.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { decideCancel } from '../domain/decide-play.ts'
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
  const jobs = await cancelableJobs(tx, { pipelineId, userId: actor?.userId ?? null })
  for (const { facts, runnerCancelsGracefully } of jobs) {
    await apply(tx, decideCancel(facts, { force: false, runnerCancelsGracefully }), author)
  }
  passOnAfterCommit(app, tx, resourcesOf(jobs))
  await cancelChildrenOf(tx, pipelineId, actor?.userId ?? null)
}
