/** A launched trigger job follows its downstream pipeline (`trigger:strategy`); what it becomes is read from the pipeline itself. */
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { type Bridge, type BridgePlace, findBridge } from '../db/bridges.ts'
import { jobFacts } from '../db/job-facts.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { yamlErrors } from '../db/pipeline-rows.ts'
import { inTransaction } from '../db/transaction.ts'
import { followDownstream } from '../domain/bridge.ts'
import { type Change, type JobSet, moveBridge } from '../domain/change.ts'
import { completedJobStatuses } from '../domain/job.ts'
import { cancelRest } from './cancel-pipeline.ts'
import type { App } from './context.ts'
import { passOnAfterCommit } from './pass-resource.ts'
import { processPipeline } from './process-pipeline.ts'
import { settleEnvironment } from './settle-environment.ts'

/** Brings a trigger job in line with its downstream pipeline. Answers whether it moved. Safe to repeat and to race. */
export async function settleBridge(app: App, place: BridgePlace): Promise<boolean> {
  const seen = await findBridge(app.db, place.id)
  if (!seen || nextEvent(seen) === null) return false
  return inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, place.pipelineId)
    const bridge = await findBridge(tx, place.id)
    const event = bridge && nextEvent(bridge)
    const [facts] = await jobFacts(tx, [place.id])
    if (!bridge || !event || !facts) return false
    const changes = moveBridge(facts, event, event === 'drop' ? await whyDropped(tx, bridge) : {})
    await apply(tx, changes, systemAuthor)
    await afterBridge(app, tx, bridge, changes)
    return true
  })
}

function nextEvent(bridge: Bridge) {
  if (!bridge.launched) return null
  return followDownstream({ ...bridge, strategy: bridge.plan.trigger?.strategy ?? null })
}

async function whyDropped(tx: Tx, { downstream }: Bridge): Promise<JobSet> {
  if (downstream === null) {
    return { failureReason: 'unknown_failure', failureMessage: 'The downstream pipeline was deleted.' }
  }
  if (downstream.created) {
    return { failureReason: 'unknown_failure', failureMessage: `The downstream pipeline is ${downstream.status}.` }
  }
  const message = await yamlErrors(tx, downstream.id)
  return {
    failureReason: 'downstream_pipeline_creation_failed',
    ...(message === null ? {} : { failureMessage: message }),
  }
}

/** What follows in its own pipeline from the move of a trigger job, as for a job that a runner ends (finish-job.ts). */
export async function afterBridge(app: App, tx: Tx, bridge: Bridge, changes: readonly Change[]): Promise<void> {
  const moved = changes.find((change) => change.kind === 'job_moved')
  if (moved?.to === 'success') await settleEnvironment(app, tx, bridge.id)
  if (moved?.to === 'failed' && !bridge.allowFailure && bridge.cancelOnFailure) {
    await cancelRest(app, tx, bridge.pipelineId, systemAuthor)
  }
  await processPipeline(tx, bridge.pipelineId, app.now())
  const group = bridge.resourceGroupId
  if (group !== null && moved && (completedJobStatuses.includes(moved.to) || moved.to === 'manual')) {
    passOnAfterCommit(app, tx, [group])
  }
}
