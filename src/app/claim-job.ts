/**
 * Handing a job to a runner, the only way a job becomes `running`. The gate is asked again under the lease at hand-over and once
 * more when the runner says it has begun, so nothing that happened in between goes unseen.
 */
import { randomBytes } from 'node:crypto'
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { newToken } from '../db/digest.ts'
import { finishedDependencies } from '../db/job-dependencies.ts'
import { jobFacts } from '../db/job-facts.ts'
import { restrictLog } from '../db/job-logs.ts'
import { assignJob, planOfJob } from '../db/jobs.ts'
import { holdProtection, leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { nextJobOf, pipelinesWithWork } from '../db/queue.ts'
import { currentRunner, holdRunner, type RunnerCaller } from '../db/runners.ts'
import { inTransaction } from '../db/transaction.ts'
import { asksForDebugLog } from '../domain/debug-log.ts'
import { decideRun, judgeClaim } from '../domain/decide-claim.ts'
import type { FailureReason } from '../domain/job.ts'
import type { StartRefusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { canRun, type RunnerAbilities } from '../domain/runner-abilities.ts'
import { cancelAfterFailure } from './cancel-jobs.ts'
import type { App } from './context.ts'
import { endJob } from './end-job.ts'
import { inTurn } from './in-turn.ts'
import { type JobOrder, jobOrder } from './job-order.ts'
import { passOnAfterCommit } from './pass-resource.ts'
import { processPipeline } from './process-pipeline.ts'

export interface ClaimingRunner extends RunnerCaller {
  /** It confirms with `state=running`; until then the job stays pending and can be given back. */
  readonly twoPhase: boolean
  /** What it announces that it can do. */
  readonly features: RunnerAbilities
}

/**
 * Gives this runner the next job it may take; null when there is none. A request is held for a while: what the runner may take is
 * read again each time, and a runner that was paused, deleted or given another token meanwhile gets nothing.
 */
export async function claimJob(app: App, caller: ClaimingRunner): Promise<JobOrder | null> {
  const runner = await currentRunner(app.db, caller)
  if (!runner) return null
  for (const pipelineId of await pipelinesWithWork(app.db, runner)) {
    const order = await inTurn(pipelineId, () => inTransaction(app.db, (tx) => claimIn(app, tx, pipelineId, caller)))
    if (order !== null) return order
  }
  return null
}

async function claimIn(app: App, tx: Tx, pipelineId: number, caller: ClaimingRunner): Promise<JobOrder | null> {
  await leasePipeline(tx, pipelineId)
  const runner = await holdRunner(tx, caller)
  if (!runner) return null
  for (;;) {
    const jobId = await nextJobOf(tx, pipelineId, runner)
    if (jobId === null) return null
    await holdProtection(tx, { jobId })
    const [job] = await jobFacts(tx, [jobId])
    if (!job) return null
    const verdict = judgeClaim(job)
    if (verdict.kind === 'withdrawn') {
      await apply(tx, verdict.changes, systemAuthor)
      await cancelAfterFailure(tx, pipelineId, verdict.changes)
      await processPipeline(tx, pipelineId, app.now())
      if (job.resourceGroup) passOnAfterCommit(app, tx, [job.resourceGroup.id])
      continue
    }
    const reason = await failureAtHandOver(tx, jobId, caller)
    if (reason) {
      await endJob(app, tx, { id: jobId, pipelineId }, { state: 'failed', reason, exitCode: null })
      continue
    }
    const token = newJobToken()
    await assignJob(tx, { jobId, token, runnerId: runner.id, managerId: runner.managerId })
    if (!caller.twoPhase) await begin(app, tx, jobId, pipelineId)
    const order = await jobOrder(app, tx, jobId, token)
    if (asksForDebugLog(order.variables)) await restrictLog(tx, jobId)
    return order
  }
}

/** Why the job fails instead of being handed to this runner (GitLab: checks before assigning a runner); null: it can be. */
async function failureAtHandOver(tx: Tx, jobId: number, caller: ClaimingRunner): Promise<FailureReason | null> {
  const dependencies = await finishedDependencies(tx, jobId)
  if (dependencies.some(({ gone }) => gone)) return 'missing_dependency_failure'
  return canRun(await planOfJob(tx, jobId), caller.features) ? null : 'runner_unsupported'
}

/** `glcbt-` and enough randomness; the prefix is one that runners mask in logs. */
function newJobToken(): string {
  return newToken('glcbt-') + randomBytes(4).toString('hex')
}

/**
 * The runner says it has begun. Nothing to do when the job runs already; a refusal means the runner must drop it.
 */
export async function acknowledgeJob(
  app: App,
  job: { id: number; pipelineId: number },
): Promise<Result<void, StartRefusal>> {
  return inTurn(job.pipelineId, () =>
    inTransaction(app.db, async (tx) => {
      await leasePipeline(tx, job.pipelineId)
      return begin(app, tx, job.id, job.pipelineId)
    }),
  )
}

/** pending → running, after asking the gate in this very transaction. */
async function begin(app: App, tx: Tx, jobId: number, pipelineId: number): Promise<Result<void, StartRefusal>> {
  await holdProtection(tx, { jobId })
  const [job] = await jobFacts(tx, [jobId])
  if (!job) return err({ code: 'job_not_pending' })
  if (job.status === 'running') return ok(undefined)
  const decided = decideRun(job)
  if (!decided.ok) {
    const verdict = job.status === 'pending' ? judgeClaim(job) : null
    if (verdict?.kind === 'withdrawn') {
      await apply(tx, verdict.changes, systemAuthor)
      await cancelAfterFailure(tx, pipelineId, verdict.changes)
    }
    await processPipeline(tx, pipelineId, app.now())
    return decided
  }
  await apply(tx, decided.value, systemAuthor)
  await processPipeline(tx, pipelineId, app.now())
  return ok(undefined)
}
