/** A newer pipeline for the same branch makes older ones pointless (reference C7, `workflow:auto_cancel`). */
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { cancelableJobs, resourcesOf } from '../db/cancelable-jobs.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import type { Project } from '../db/projects.ts'
import { redundantPipelines } from '../db/redundant-pipelines.ts'
import { afterCommit, inTransaction } from '../db/transaction.ts'
import { decideCancel } from '../domain/decide-play.ts'
import type { App } from './context.ts'
import { passOnAfterCommit } from './pass-resource.ts'
import { processPipeline } from './process-pipeline.ts'

export interface NewerPipeline {
  readonly pipelineId: number
  readonly project: Project
  readonly ref: string
  readonly tag: boolean
  readonly sha: string
  readonly source: string
}

/**
 * Cancels older pipelines after the new one is committed, each in a transaction of its own: holding two leases at once could
 * deadlock. A crash in between leaves an old pipeline running, which is allowed: cancelling is a courtesy.
 */
export async function cancelRedundant(app: App, tx: Tx, newer: NewerPipeline): Promise<void> {
  if (!newer.project.auto_cancel_pending_pipelines || newer.tag) return
  // A child pipeline replaces nothing; it is judged by itself when something replaces its parent.
  if (!['push', 'web', 'api', 'trigger', 'schedule', 'chat', 'pipeline'].includes(newer.source)) return
  const older = await redundantPipelines(tx, { ...newer, projectId: newer.project.id })
  if (older.length === 0) return
  afterCommit(tx, () => {
    void cancelAll(app, older, newer.pipelineId).catch((error: unknown) => app.log.error({ err: error }, 'auto-cancel'))
  })
}

async function cancelAll(app: App, ids: readonly number[], newerId: number): Promise<void> {
  for (const id of ids) {
    await inTransaction(app.db, async (tx) => {
      await leasePipeline(tx, id)
      const jobs = await cancelableJobs(tx, { pipelineId: id, userId: null })
      const { auto_cancel_on_new_commit: mode } = await tx
        .selectFrom('pipelines')
        .select('auto_cancel_on_new_commit')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      const plans = await tx.selectFrom('jobs').select(['id', 'status', 'plan']).where('pipeline_id', '=', id).execute()
      const interruptible = new Set(plans.filter((job) => job.plan.interruptible).map((job) => job.id))
      const started = plans.some(
        (job) => !interruptible.has(job.id) && ['running', 'success', 'failed'].includes(job.status),
      )
      if (mode === 'conservative' && started) return
      for (const job of jobs) {
        if (mode === 'interruptible' && !interruptible.has(job.facts.id)) continue
        const command = { force: false, runnerCancelsGracefully: job.runnerCancelsGracefully }
        await apply(tx, decideCancel(job.facts, command), systemAuthor)
      }
      await tx.updateTable('pipelines').set({ auto_canceled_by_id: newerId }).where('id', '=', id).execute()
      await processPipeline(tx, id, app.now())
      passOnAfterCommit(app, tx, resourcesOf(jobs))
    })
  }
}
