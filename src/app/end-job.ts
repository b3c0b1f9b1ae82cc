/** Everything that follows when a job succeeds or fails: its environment, an automatic retry, what runs next, its resource. */
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { finishedJob } from '../db/finished-job.ts'
import type { Tx } from '../db/open.ts'
import { decideFinish, type Outcome } from '../domain/decide-finish.ts'
import { wantsRetry } from '../domain/job.ts'
import { cancelRest } from './cancel-pipeline.ts'
import { cloneJob } from './clone-job.ts'
import type { App } from './context.ts'
import { passOnAfterCommit } from './pass-resource.ts'
import { processPipeline } from './process-pipeline.ts'
import { settleEnvironment } from './settle-environment.ts'

/** Ends a job of a pipeline whose lease is held. Answers false when there was nothing to end: it was over already. */
export async function endJob(
  app: App,
  tx: Tx,
  job: { readonly id: number; readonly pipelineId: number },
  outcome: Outcome,
): Promise<boolean> {
  const found = await finishedJob(tx, job.id)
  if (!found) return false
  const changes = decideFinish({ ...found.facts, allowFailureExitCodes: found.plan.allowFailureExitCodes }, outcome)
  if (changes.length === 0) return false
  await apply(tx, changes, systemAuthor)
  const moved = changes.find((change) => change.kind === 'job_moved')
  if (moved?.to === 'success') await settleEnvironment(app, tx, job.id)
  if (moved?.to === 'failed') {
    const attempt = { retries: found.retries, reason: outcome.reason, exitCode: outcome.exitCode }
    if (wantsRetry(found.plan.retry, attempt)) {
      await cloneJob(tx, {
        jobId: job.id,
        userId: found.facts.userId,
        retries: found.retries + 1,
        automatic: true,
        atOnce: true,
      })
    } else if (!found.facts.allowFailure && moved.set.allowFailure !== true && found.cancelOnFailure) {
      await cancelRest(app, tx, job.pipelineId, systemAuthor)
    }
  }
  await processPipeline(tx, job.pipelineId, app.now())
  if (found.facts.resourceGroup) passOnAfterCommit(app, tx, [found.facts.resourceGroup.id])
  return true
}
