/** Starts a manual or delayed job, as the person who plays it. Every path asks the gate (domain/decide-play.ts). */
import type { GivenInputs } from '../ci/job-input-values.ts'
import { apply } from '../db/apply.ts'
import { resumeUpstreamOf } from '../db/errands.ts'
import { jobFacts } from '../db/job-facts.ts'
import { holdProtection, leasePipeline } from '../db/lease.ts'
import { lockResourceGroups } from '../db/pipelines.ts'
import { type PlayVariable, replacePlayVariables } from '../db/play-variables.ts'
import { resetSkippedAfter } from '../db/reset-skipped.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { decidePlay } from '../domain/decide-play.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { giveInputs } from './job-inputs.ts'
import { processPipeline } from './process-pipeline.ts'
import { retryJob } from './retry-job.ts'

export interface PlayRequest {
  readonly jobId: number
  readonly pipelineId: number
  readonly variables: readonly PlayVariable[]
  /** Values for inputs that the job declares. */
  readonly inputs?: GivenInputs
}

/** GitLab Jobs API, "Run a job". Answers the id of the job that starts: a new one when this one had run already. */
export async function playJob(app: App, actor: Actor, play: PlayRequest): Promise<Result<number, Refusal>> {
  const outcome = await inTransaction(app.db, async (tx): Promise<Result<number, Refusal> | 'ran_already'> => {
    await leasePipeline(tx, play.pipelineId)
    await holdProtection(tx, { jobId: play.jobId })
    await lockResourceGroups(tx, [play.jobId])
    const [job] = await jobFacts(tx, [play.jobId], { userId: actor.userId })
    if (!job) return err({ code: 'not_found', what: null })
    if (job.when === 'manual' && ['success', 'failed', 'canceled'].includes(job.status)) return 'ran_already'
    const { inputs = {} } = play
    const typed = play.variables.length > 0 || Object.keys(inputs).length > 0
    const decided = decidePlay(job, { userId: actor.userId, hasVariables: typed })
    if (!decided.ok) return decided
    const given = await giveInputs(tx, play.jobId, inputs)
    if (!given.ok) return given
    await replacePlayVariables(tx, play.jobId, play.variables)
    await apply(tx, decided.value, authorOf(actor))
    await resetSkippedAfter(tx, play.jobId)
    await resumeUpstreamOf(tx, play.pipelineId, actor.userId)
    await processPipeline(tx, play.pipelineId, app.now())
    return ok(play.jobId)
  })
  return outcome === 'ran_already' ? retryJob(app, actor, play) : outcome
}
