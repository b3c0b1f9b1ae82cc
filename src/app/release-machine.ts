/** Settles what a machine had when it went away: jobs not begun go back to the queue, running ones fail with a reason. */
import { jobsOfMachine } from '../db/left-jobs.ts'
import type { App } from './context.ts'
import { finishJob } from './finish-job.ts'
import { returnJob } from './return-job.ts'

export async function releaseMachine(app: App, runnerId: number, systemId: string): Promise<void> {
  for (const job of await jobsOfMachine(app.db, runnerId, systemId)) {
    if (job.why === 'not_begun') await returnJob(app, { jobId: job.id, pipelineId: job.pipelineId })
    else await finishJob(app, job, { state: 'failed', reason: 'runner_system_failure', exitCode: null })
  }
}
