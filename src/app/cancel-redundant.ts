/** A newer pipeline for the same branch makes older ones pointless (reference C7, `workflow:auto_cancel`). */
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { cancelableJobs, resourcesOf } from '../db/cancelable-jobs.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import type { Project } from '../db/projects.ts'
import { autoCancelFacts, redundantPipelines } from '../db/redundant-pipelines.ts'
import { afterCommit, inTransaction } from '../db/transaction.ts'
import { autoCanceled } from '../domain/auto-cancel.ts'
import { decideCancel } from '../domain/decide-play.ts'
import { findRef } from '../git/refs.ts'
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
    void cancelAll(app, older, newer).catch((error: unknown) => app.log.error({ err: error }, 'auto-cancel'))
  })
}

/** Older pipelines are judged one by one; the branch's newest commit keeps its own, whichever pipeline came last (GitLab). */
async function cancelAll(app: App, ids: readonly number[], newer: NewerPipeline): Promise<void> {
  const head = await findRef(app.repositories.open(newer.project.id), { type: 'branch', name: newer.ref })
  for (const id of ids) {
    await inTransaction(app.db, async (tx) => {
      await leasePipeline(tx, id)
      const facts = await autoCancelFacts(tx, id)
      if (facts === null || facts.sha === head?.commit) return
      const going = autoCanceled(facts.mode, facts.jobs)
      const jobs = (await cancelableJobs(tx, { pipelineId: id, userId: null })).filter((job) => going.has(job.facts.id))
      if (jobs.length === 0) return
      for (const { facts: job, runnerCancelsGracefully } of jobs) {
        await apply(tx, decideCancel(job, { force: false, runnerCancelsGracefully }), systemAuthor)
      }
      await tx.updateTable('pipelines').set({ auto_canceled_by_id: newer.pipelineId }).where('id', '=', id).execute()
      await processPipeline(tx, id, app.now())
      passOnAfterCommit(app, tx, resourcesOf(jobs))
    })
  }
}
