/** Runs a finished job again as a new job with a new deployment, which needs its own approvals (reference 2.11). */

import type { GivenInputs } from '../ci/job-input-values.ts'
import { writeAudit } from '../db/audit.ts'
import { resumeUpstreamOf } from '../db/errands.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { type PlayVariable, replacePlayVariables } from '../db/play-variables.ts'
import { resetSkippedAfter } from '../db/reset-skipped.ts'
import { retryFacts } from '../db/retry-facts.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { retryRefusal } from '../domain/decide-play.ts'
import { retryVariablesRefusal } from '../domain/job-access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { cloneJob } from './clone-job.ts'
import { type App, authorOf } from './context.ts'
import { checkGivenInputs, giveInputs } from './job-inputs.ts'
import { processPipeline } from './process-pipeline.ts'

/** GitLab Jobs API, "Retry a job". Answers the new job's id. */
export async function retryJob(
  app: App,
  actor: Actor,
  job: {
    readonly jobId: number
    readonly pipelineId: number
    readonly variables?: readonly PlayVariable[]
    readonly inputs?: GivenInputs
  },
): Promise<Result<number, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, job.pipelineId)
    const retried = await retryInside(tx, actor, job.jobId, { ...job, atOnce: true })
    if (!retried.ok) return retried
    await resumeUpstreamOf(tx, job.pipelineId, actor.userId)
    await processPipeline(tx, job.pipelineId, app.now(), authorOf(actor))
    return retried
  })
}

/**
 * GitLab Pipelines API, "Retry jobs in a pipeline": its failed and canceled jobs, as far as this person may. Manual ones wait to be
 * played again.
 */
export async function retryPipeline(app: App, actor: Actor, pipelineId: number): Promise<void> {
  await inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, pipelineId)
    const failed = await tx
      .selectFrom('jobs')
      .select('id')
      .where('pipeline_id', '=', pipelineId)
      .where('status', 'in', ['failed', 'canceled'])
      .where('retried', '=', false)
      .orderBy('id')
      .execute()
    let again = false
    for (const { id } of failed) again = (await retryInside(tx, actor, id, { atOnce: false })).ok || again
    if (again) await resumeUpstreamOf(tx, pipelineId, actor.userId)
    await processPipeline(tx, pipelineId, app.now(), authorOf(actor))
  })
}

interface RetryOptions {
  /** A manual or delayed job runs when its turn comes. */
  readonly atOnce: boolean
  /** Instead of those of the job that is retried; none: the same ones again. */
  readonly variables?: readonly PlayVariable[]
  /** Likewise, one by one. */
  readonly inputs?: GivenInputs
}

async function retryInside(
  tx: Tx,
  actor: Actor,
  jobId: number,
  { atOnce, variables = [], inputs = {} }: RetryOptions,
): Promise<Result<number, Refusal>> {
  const facts = await retryFacts(tx, jobId, actor.userId)
  if (!facts) return err({ code: 'not_found', what: null })
  const typed = variables.length > 0 || Object.keys(inputs).length > 0
  const refusal = retryRefusal(facts) ?? retryVariablesRefusal(facts.needsApproval, typed)
  if (refusal) return err(refusal)
  const checked = await checkGivenInputs(tx, jobId, inputs)
  if (!checked.ok) return checked
  const id = await cloneJob(tx, { jobId, userId: actor.userId, retries: 0, automatic: false, atOnce })
  await giveInputs(tx, id, inputs)
  if (variables.length > 0) await replacePlayVariables(tx, id, variables)
  await resetSkippedAfter(tx, id)
  const target = { type: 'Job', id, details: facts.name }
  const entity = { type: 'Project' as const, id: facts.projectId }
  await writeAudit(tx, [{ event: 'job_retried', entity, target, details: { retry_of: jobId } }], authorOf(actor))
  return ok(id)
}
