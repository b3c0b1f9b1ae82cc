/** `when: delayed`: enqueues jobs whose time has come, through the same questions as any other start. */
import { apply } from '../db/apply.ts'
import { systemAuthor } from '../db/audit.ts'
import { jobFacts } from '../db/job-facts.ts'
import { leasePipeline } from '../db/lease.ts'
import { dueJobs } from '../db/left-jobs.ts'
import { lockResourceGroups } from '../db/pipelines.ts'
import { inTransaction } from '../db/transaction.ts'
import { decideContinue } from '../domain/decide-start.ts'
import { cancelAfterFailure } from './cancel-jobs.ts'
import type { App } from './context.ts'
import { processPipeline } from './process-pipeline.ts'

export async function startDelayedJobs(app: App): Promise<void> {
  for (const due of await dueJobs(app.db)) {
    await inTransaction(app.db, async (tx) => {
      await leasePipeline(tx, due.pipelineId)
      await lockResourceGroups(tx, [due.id])
      const [job] = await jobFacts(tx, [due.id])
      if (job?.status !== 'scheduled') return
      const changes = decideContinue(job)
      await apply(tx, changes, systemAuthor)
      await cancelAfterFailure(tx, due.pipelineId, changes)
      await processPipeline(tx, due.pipelineId, app.now())
    })
  }
}
