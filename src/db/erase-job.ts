/** Erasing what a job left: its log and its artifacts. Their blobs follow by trigger (table blob_removals). */
import { sql } from 'kysely'
import { completedJobStatuses } from '../domain/job.ts'
import type { Tx } from './open.ts'

export interface Erased {
  readonly name: string
  readonly projectId: number
  readonly removed: { readonly log_bytes: number; readonly artifacts: readonly string[] }
}

/** Null when the job is not over, or has nothing to erase. */
export async function eraseJobData(tx: Tx, jobId: number, userId: number): Promise<Erased | null> {
  const job = await tx
    .selectFrom('jobs')
    .select(['name', 'project_id', 'status', 'log_size'])
    .where('id', '=', jobId)
    .forUpdate()
    .executeTakeFirst()
  if (!job || !completedJobStatuses.includes(job.status)) return null
  const artifacts = await tx.deleteFrom('job_artifacts').where('job_id', '=', jobId).returning('file_type').execute()
  if (artifacts.length === 0 && job.log_size === 0) return null
  await tx.deleteFrom('job_log_chunks').where('job_id', '=', jobId).execute()
  await tx
    .updateTable('jobs')
    .set({
      log_size: 0,
      log_blob: null,
      erased_at: sql<Date>`now()`,
      erased_by_id: userId,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', jobId)
    .execute()
  return {
    name: job.name,
    projectId: job.project_id,
    removed: { log_bytes: job.log_size, artifacts: artifacts.map((artifact) => artifact.file_type) },
  }
}
