/** A runner's final word on its job: status, deployment, environment, automatic retry, and what runs next, in one transaction. */
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { finishedJob } from '../db/finished-job.ts'
import { leasePipeline } from '../db/lease.ts'
import { afterCommit, inTransaction } from '../db/transaction.ts'
import { decideFinish, type Outcome } from '../domain/decide-finish.ts'
import { wantsRetry } from '../domain/job.ts'
import { cancelRest } from './cancel-pipeline.ts'
import { cloneJob } from './clone-job.ts'
import type { App } from './context.ts'
import { coverageOf } from './coverage.ts'
import { inTurn } from './in-turn.ts'
import { passResourceOn } from './pass-resource.ts'
import { processPipeline } from './process-pipeline.ts'
import { settleEnvironment } from './settle-environment.ts'

/** Ends a job. Answers false when there was nothing to end: it was over already. */
export async function finishJob(app: App, job: { id: number; pipelineId: number }, outcome: Outcome): Promise<boolean> {
  const coverage = await coverageOf(app, job.id)
  return inTurn(job.pipelineId, () =>
    inTransaction(app.db, async (tx) => {
      await leasePipeline(tx, job.pipelineId)
      const found = await finishedJob(tx, job.id)
      if (!found) return false
      const changes = decideFinish({ ...found.facts, allowFailureExitCodes: found.plan.allowFailureExitCodes }, outcome)
      if (changes.length === 0) return false
      await apply(tx, changes, systemAuthor)
      if (coverage !== null) await tx.updateTable('jobs').set({ coverage }).where('id', '=', job.id).execute()
      const moved = changes.find((change) => change.kind === 'job_moved')
      if (moved?.to === 'success') await settleEnvironment(app, tx, job.id)
      if (moved?.to === 'failed') {
        const attempt = { retries: found.retries, reason: outcome.reason, exitCode: outcome.exitCode }
        if (wantsRetry(found.plan.retry, attempt)) {
          await cloneJob(tx, { jobId: job.id, userId: found.facts.userId, retries: found.retries + 1, automatic: true })
        } else if (!found.facts.allowFailure && moved.set.allowFailure !== true && found.cancelOnFailure) {
          await cancelRest(tx, job.pipelineId, systemAuthor)
        }
      }
      await processPipeline(tx, job.pipelineId, app.now())
      const group = found.facts.resourceGroup
      if (group)
        afterCommit(
          tx,
          () => void passResourceOn(app, group.id).catch((e: unknown) => app.log.error({ err: e }, 'resource group')),
        )
      return true
    }),
  )
}
