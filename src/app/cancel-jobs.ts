/** Cancelling what a pipeline still has to do, inside a transaction that holds its lease. The caller processes it afterwards. */
import { sql } from 'kysely'
import { apply } from '../db/apply.ts'
import { type AuditAuthor, systemAuthor } from '../db/audit.ts'
import { cancelableJobs, resourcesOf } from '../db/cancelable-jobs.ts'
import { cancelChildrenOf } from '../db/errands.ts'
import type { Tx } from '../db/open.ts'
import type { Actor } from '../domain/access.ts'
import type { Change } from '../domain/change.ts'
import { decideCancel } from '../domain/decide-play.ts'

/** Child pipelines follow. Answers the resource groups that something may wait for now. */
export async function cancelJobsOf(
  tx: Tx,
  pipelineId: number,
  author: AuditAuthor,
  actor: Actor | null = null,
): Promise<number[]> {
  const jobs = await cancelableJobs(tx, { pipelineId, userId: actor?.userId ?? null })
  for (const { facts, runnerCancelsGracefully } of jobs) {
    await apply(tx, decideCancel(facts, { force: false, runnerCancelsGracefully }), author)
  }
  await cancelChildrenOf(tx, pipelineId, actor?.userId ?? null)
  return resourcesOf(jobs)
}

/**
 * `workflow:auto_cancel:on_job_failure: all`, for jobs that fail before they run: rejected, outdated, without an environment. Such
 * failures are never tried again by themselves. What waits for a resource of the cancelled jobs is passed on by the timer.
 */
export async function cancelAfterFailure(tx: Tx, pipelineId: number, changes: readonly Change[]): Promise<void> {
  const failed = changes.flatMap((change) =>
    change.kind === 'job_moved' && change.to === 'failed' ? change.jobId : [],
  )
  if (failed.length === 0) return
  const { rows } = await sql`
    select 1 from jobs j join pipelines p on p.id = j.pipeline_id
     where j.id = any (${failed}::bigint[]) and not j.allow_failure and p.auto_cancel_on_job_failure = 'all'`.execute(
    tx,
  )
  if (rows.length > 0) await cancelJobsOf(tx, pipelineId, systemAuthor)
}
