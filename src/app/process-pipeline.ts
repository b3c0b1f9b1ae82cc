/** Moves a pipeline on after something changed: decides every job whose turn has come, then the pipeline's own status. */
import { apply } from '../db/apply.ts'
import { type AuditAuthor, systemAuthor } from '../db/audit.ts'
import { jobFacts } from '../db/job-facts.ts'
import type { Tx } from '../db/open.ts'
import { lockResourceGroups, processedJobs, setPipelineStatus } from '../db/pipelines.ts'
import { moveJob } from '../domain/change.ts'
import { decideStart } from '../domain/decide-start.ts'
import { nextTurns } from '../domain/process.ts'
import { cancelAfterFailure } from './cancel-jobs.ts'

/**
 * Runs until nothing more can be decided. The caller holds the pipeline's lease.
 * @param author who caused it; the moves that follow by themselves are the server's
 */
export async function processPipeline(
  tx: Tx,
  pipelineId: number,
  now: Date,
  author: AuditAuthor = systemAuthor,
): Promise<void> {
  for (;;) {
    const jobs = await processedJobs(tx, pipelineId)
    const turns = nextTurns(jobs)
    if (turns.length === 0) {
      await setPipelineStatus(tx, pipelineId, jobs, author)
      break
    }
    const starting = turns.filter((turn) => turn.outcome === 'start').map((turn) => turn.jobId)
    await lockResourceGroups(tx, starting)
    const skipping = turns.filter((turn) => turn.outcome === 'skip').map((turn) => turn.jobId)
    for (const job of await jobFacts(tx, skipping)) await apply(tx, moveJob(job, 'skip'), systemAuthor)
    // One at a time: a job that takes a resource changes what the next one sees.
    for (const id of starting) {
      for (const job of await jobFacts(tx, [id])) {
        // One that failed may have cancelled it.
        if (job.status !== 'created') continue
        const changes = decideStart(job, now)
        await apply(tx, changes, systemAuthor)
        await cancelAfterFailure(tx, pipelineId, changes)
      }
    }
  }
}
