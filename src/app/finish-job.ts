/** A runner's final word on its job: status, deployment, environment, automatic retry, and what runs next, in one transaction. */
import { leasePipeline } from '../db/lease.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Outcome } from '../domain/decide-finish.ts'
import type { App } from './context.ts'
import { coverageOf } from './coverage.ts'
import { endJob } from './end-job.ts'
import { inTurn } from './in-turn.ts'

/** Ends a job. Answers false when there was nothing to end: it was over already. */
export async function finishJob(app: App, job: { id: number; pipelineId: number }, outcome: Outcome): Promise<boolean> {
  const coverage = await coverageOf(app, job.id)
  return inTurn(job.pipelineId, () =>
    inTransaction(app.db, async (tx) => {
      await leasePipeline(tx, job.pipelineId)
      if (!(await endJob(app, tx, job, outcome))) return false
      if (coverage !== null) await tx.updateTable('jobs').set({ coverage }).where('id', '=', job.id).execute()
      return true
    }),
  )
}
