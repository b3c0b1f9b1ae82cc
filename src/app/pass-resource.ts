/** Gives a free resource to the next job that waits for it, whatever pipeline that job is in. */
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { jobFacts } from '../db/job-facts.ts'
import { leasePipeline } from '../db/lease.ts'
import type { Tx } from '../db/open.ts'
import { lockResourceGroups } from '../db/pipelines.ts'
import { waitingJobs } from '../db/resource-groups.ts'
import { afterCommit, inTransaction } from '../db/transaction.ts'
import { decideContinue } from '../domain/decide-start.ts'
import { cancelAfterFailure } from './cancel-jobs.ts'
import type { App } from './context.ts'
import { processPipeline } from './process-pipeline.ts'

/** Tries the waiting jobs in order until one takes the resource. Run after every release, and by a timer. */
export async function passResourceOn(app: App, resourceGroupId: number): Promise<void> {
  for (const waiting of await waitingJobs(app.db, resourceGroupId)) {
    const taken = await inTransaction(app.db, async (tx) => {
      await leasePipeline(tx, waiting.pipelineId)
      await lockResourceGroups(tx, [waiting.id])
      const [job] = await jobFacts(tx, [waiting.id])
      if (job?.status !== 'waiting_for_resource' || !job.resourceGroup?.free) return false
      const changes = decideContinue(job)
      await apply(tx, changes, systemAuthor)
      await cancelAfterFailure(tx, waiting.pipelineId, changes)
      await processPipeline(tx, waiting.pipelineId, app.now())
      return changes.some((change) => change.kind === 'job_moved' && change.to === 'pending')
    })
    if (taken) return
  }
}

/**
 * Passes these groups' resources on once `tx` is committed: another pipeline's lease cannot be taken under this one's. A crash in
 * between leaves it to the timer.
 */
export function passOnAfterCommit(app: App, tx: Tx, groups: Iterable<number>): void {
  const ids = [...new Set(groups)]
  if (ids.length === 0) return
  afterCommit(tx, () => {
    const all = async () => {
      for (const id of ids) await passResourceOn(app, id)
    }
    void all().catch((error: unknown) => app.log.error({ err: error }, 'resource group'))
  })
}
