/** A job that was handed over but not begun goes back to the queue. */

import { unassignJob } from '../db/jobs.ts'
import { leasePipeline } from '../db/lease.ts'
import { inTransaction } from '../db/transaction.ts'
import { notify } from '../db/wake.ts'
import type { App } from './context.ts'

/** Takes the job back unless its runner has begun. Its token stops working, so a late runner is turned away. */
export async function returnJob(
  app: App,
  job: { readonly jobId: number; readonly pipelineId: number },
): Promise<boolean> {
  return inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, job.pipelineId)
    const returned = await unassignJob(tx, job.jobId)
    if (returned) await notify(tx, 'jobs')
    return returned
  })
}
