/** Jobs whose runner is gone never hang: they go back to the queue or fail with a reason (reference C9). */
import { jobFacts } from '../db/job-facts.ts'
import { leasePipeline } from '../db/lease.ts'
import { abandonedJobs, type LeftJob } from '../db/left-jobs.ts'
import { inTransaction } from '../db/transaction.ts'
import type { FailureReason } from '../domain/job.ts'
import type { App } from './context.ts'
import { endJob } from './end-job.ts'
import { finishJob } from './finish-job.ts'
import { returnJob } from './return-job.ts'

/** One round over all that is overdue. Several servers may do this at once: each job is judged again under its lease. */
export async function reclaimJobs(app: App): Promise<void> {
  for (const job of await abandonedJobs(app.db, app.timing)) await settle(app, job)
}

async function settle(app: App, job: LeftJob): Promise<void> {
  switch (job.why) {
    case 'not_begun':
      await returnJob(app, { jobId: job.id, pipelineId: job.pipelineId })
      break
    case 'silent':
      await finishJob(app, job, { state: 'failed', reason: 'stuck_or_timeout_failure', exitCode: null })
      break
    case 'over_time':
      await finishJob(app, job, { state: 'failed', reason: 'job_execution_server_timeout', exitCode: null })
      break
    case 'never_taken':
      await drop(app, job, 'stuck_or_timeout_failure')
      break
    case 'schedule_missed':
      await drop(app, job, 'stale_schedule')
      break
  }
}

async function drop(app: App, job: LeftJob, reason: FailureReason): Promise<void> {
  await inTransaction(app.db, async (tx) => {
    await leasePipeline(tx, job.pipelineId)
    const [facts] = await jobFacts(tx, [job.id])
    if (facts?.status === job.status) await endJob(app, tx, job, { state: 'failed', reason, exitCode: null })
  })
}
