/**
 * Starts what a trigger job asks for. The job becomes `running` and its pipeline comes into being in one transaction, under the
 * upstream pipeline's lease and after the job's gate was asked: whatever crashes, and however many servers try, there is one
 * downstream pipeline for one trigger job.
 */
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { type Bridge, type BridgePlace, findBridge, linkDownstream, takeBridge } from '../db/bridges.ts'
import { jobFacts } from '../db/job-facts.ts'
import { holdProtection, leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import type { BridgeRefusal } from '../domain/bridge.ts'
import { moveJob } from '../domain/change.ts'
import { judgeClaim } from '../domain/decide-claim.ts'
import type { Result } from '../domain/result.ts'
import type { App } from './context.ts'
import { downstreamTarget } from './downstream-target.ts'
import { afterBridge, settleBridge } from './follow-downstream.ts'
import { type PreparedDownstream, prepareDownstream } from './prepare-downstream.ts'
import { processPipeline } from './process-pipeline.ts'
import { savePipelineIn } from './save-pipeline.ts'

/** Launches a waiting trigger job, unless another server is at it. Answers whether it was this one's turn. */
export async function launchBridge(app: App, place: BridgePlace): Promise<boolean> {
  if (!(await inTransaction(app.db, (tx) => takeBridge(tx, place.id)))) return false
  const bridge = await findBridge(app.db, place.id)
  const trigger = bridge?.plan.trigger
  if (!bridge || !trigger) return false
  const prepared = await prepareDownstream(app, bridge, trigger)
  const launched = await inTransaction(app.db, (tx) => launchIn(app, tx, place, prepared))
  if (launched) await settleBridge(app, place)
  return true
}

async function launchIn(
  app: App,
  tx: Tx,
  place: BridgePlace,
  prepared: Result<PreparedDownstream, BridgeRefusal>,
): Promise<boolean> {
  await leasePipeline(tx, place.pipelineId)
  await holdProtection(tx, { jobId: place.id })
  const bridge = await findBridge(tx, place.id)
  const [facts] = await jobFacts(tx, [place.id])
  if (!bridge || !facts || bridge.status !== 'pending' || bridge.launched || bridge.retried) return false
  const verdict = judgeClaim(facts)
  if (verdict.kind === 'withdrawn') {
    await apply(tx, verdict.changes, systemAuthor)
    await afterBridge(app, tx, bridge, verdict.changes)
    return false
  }
  // Asked again, now that nothing moves: the person may have lost their access while the configuration was compiled.
  const refusal = prepared.ok ? await refusalNow(tx, bridge, prepared.value) : prepared.error
  if (refusal) {
    const { reason, message } = refusal
    const changes = moveJob(facts, 'drop', { failureReason: reason, failureMessage: message })
    await apply(tx, changes, systemAuthor)
    await afterBridge(app, tx, bridge, changes)
    return false
  }
  const saved = prepared.ok ? await savePipelineIn(app, tx, prepared.value.pipeline) : null
  if (!saved) throw new Error('a downstream pipeline has no push that another server could have settled')
  await linkDownstream(tx, bridge.id, saved.id)
  await apply(tx, moveJob(facts, 'run'), systemAuthor)
  await processPipeline(tx, place.pipelineId, app.now())
  return true
}

async function refusalNow(tx: Tx, bridge: Bridge, prepared: PreparedDownstream): Promise<BridgeRefusal | null> {
  const target = await downstreamTarget(tx, prepared.actor, bridge, prepared.path)
  return target.ok ? null : target.error
}
