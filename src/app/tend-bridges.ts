/** Trigger jobs and what pipelines owe each other: everything of it that is due. Any server does it; a crash leaves it due. */
import { findActor } from '../db/actors.ts'
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { type BridgePlace, findBridge, launchedBridges, sourceBridge, waitingBridges } from '../db/bridges.ts'
import { type Errand, openErrands, resumeUpstreamOf, takeErrand } from '../db/errands.ts'
import { jobFacts } from '../db/job-facts.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { findProject } from '../db/projects.ts'
import { resetSkippedAfter } from '../db/reset-skipped.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuse } from '../domain/access.ts'
import { resumesWith } from '../domain/bridge.ts'
import { moveBridge } from '../domain/change.ts'
import { cancelRest } from './cancel-pipeline.ts'
import { type App, authorOf } from './context.ts'
import { settleBridge } from './follow-downstream.ts'
import { launchBridge } from './launch-bridge.ts'
import { processPipeline } from './process-pipeline.ts'

/** One round. Answers whether anything was done: then more may be due. One that fails is logged and tried again later. */
export async function tendBridges(app: App): Promise<boolean> {
  let moved = false
  const attempt = async (what: string, id: number, work: () => Promise<boolean>) => {
    if (app.closing.aborted) return
    try {
      moved = (await work()) || moved
    } catch (error) {
      app.log.error({ err: error, id }, what)
    }
  }
  for (const errand of await openErrands(app.db)) {
    await attempt('errand between pipelines', errand.pipelineId, () => runErrand(app, errand))
  }
  for (const place of await launchedBridges(app.db)) {
    await attempt('trigger job', place.id, () => settleBridge(app, place))
  }
  for (const place of await waitingBridges(app.db)) {
    await attempt('trigger job', place.id, () => launchBridge(app, place))
  }
  return moved
}

async function runErrand(app: App, errand: Errand): Promise<boolean> {
  return errand.kind === 'cancel' ? cancelChild(app, errand) : resumeUpstream(app, errand)
}

async function cancelChild(app: App, errand: Errand): Promise<boolean> {
  const actor = errand.userId === null ? null : await findActor(app.db, errand.userId)
  return inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, errand.pipelineId)
    if (!(await takeErrand(tx, errand))) return false
    // Somebody who may not act any more cancels nothing.
    if (errand.userId !== null && !actor) return true
    const author = actor ? authorOf(actor) : systemAuthor
    await cancelRest(app, tx, errand.pipelineId, author, actor)
    await processPipeline(tx, errand.pipelineId, app.now(), author)
    return true
  })
}

async function resumeUpstream(app: App, errand: Errand): Promise<boolean> {
  const place = await sourceBridge(app.db, errand.pipelineId)
  return inTransaction(app.db, async (tx) => {
    if (place) await leasePipeline(tx, place.pipelineId)
    if (!(await takeErrand(tx, errand))) return false
    if (place && errand.userId !== null) await resumeIn(app, tx, place, errand.userId)
    return true
  })
}

/** The trigger job is pending again, and what was skipped because of it gets its turn back (GitLab: reset of the source bridge). */
async function resumeIn(app: App, tx: Tx, place: BridgePlace, userId: number): Promise<void> {
  const bridge = await findBridge(tx, place.id)
  const [facts] = await jobFacts(tx, [place.id])
  const actor = await findActor(tx, userId)
  if (!bridge?.launched || bridge.retried || !facts || !actor) return
  if (!resumesWith(bridge.plan.trigger?.strategy ?? null, bridge.status)) return
  const own = await findProject(tx, bridge.projectId, actor)
  if (!own || refuse(actor, 'update_job', own.standing, 'Project')) return
  await apply(tx, moveBridge(facts, 'resume'), authorOf(actor))
  await resetSkippedAfter(tx, bridge.id)
  await resumeUpstreamOf(tx, bridge.pipelineId, userId)
  await processPipeline(tx, bridge.pipelineId, app.now(), authorOf(actor))
}
