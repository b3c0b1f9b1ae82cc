/** Cancels one job (GitLab Jobs API, "Cancel a job"). A job that is over stays as it is. */
import { apply } from '../db/apply.ts'
import { cancelableJobs, resourcesOf } from '../db/cancelable-jobs.ts'
import { leasePipeline } from '../db/lease.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { decideCancel } from '../domain/decide-play.ts'
import { type App, authorOf } from './context.ts'
import { passOnAfterCommit } from './pass-resource.ts'
import { processPipeline } from './process-pipeline.ts'

export interface CancelRequest {
  readonly jobId: number
  readonly pipelineId: number
  /** Do not wait for the runner's graceful end. */
  readonly force: boolean
}

export async function cancelJob(app: App, actor: Actor, request: CancelRequest): Promise<void> {
  await inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, request.pipelineId)
    // Asked again under the lease: protection that keeps the person out leaves the job as it is.
    const [job] = await cancelableJobs(tx, { jobId: request.jobId, userId: actor.userId })
    if (!job) return
    const command = { force: request.force, runnerCancelsGracefully: job.runnerCancelsGracefully }
    await apply(tx, decideCancel(job.facts, command), authorOf(actor))
    await processPipeline(tx, request.pipelineId, app.now(), authorOf(actor))
    passOnAfterCommit(app, tx, resourcesOf([job]))
  })
}
