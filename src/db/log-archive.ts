/** Logs on their way from the database to the blob store. */
import { sql } from 'kysely'
import { completedJobStatuses } from '../domain/job.ts'
import type { Db, Tx } from './open.ts'

const over = [...completedJobStatuses]

/** The log of a job that is over and not archived; null when there is none. */
export async function unarchivedLog(db: Db, jobId: number): Promise<{ readonly size: number } | null> {
  const row = await db
    .selectFrom('jobs')
    .select('log_size as size')
    .where('id', '=', jobId)
    .where('status', 'in', over)
    .where('log_blob', 'is', null)
    .where('log_size', '>', 0)
    .executeTakeFirst()
  return row ?? null
}

/** Jobs that are over and whose log is still in chunks, after the job with id `after`, in the order of ids. */
export async function finishedLogs(db: Db, after: number, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select j.id from job_log_chunks c join jobs j on j.id = c.job_id
     where c.start_offset = 0 and c.job_id > ${after} and j.status = any (${over}::text[]) and j.log_blob is null
     order by c.job_id limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}

/** Puts the blob in the place of the chunks, if the log is still what was copied. */
export async function replaceChunks(
  tx: Tx,
  log: { readonly jobId: number; readonly key: string; readonly size: number },
): Promise<boolean> {
  const row = await tx
    .updateTable('jobs')
    .set({ log_blob: log.key })
    .where('id', '=', log.jobId)
    .where('status', 'in', over)
    .where('log_blob', 'is', null)
    .where('log_size', '=', log.size)
    .returning('id')
    .executeTakeFirst()
  if (!row) return false
  await tx.deleteFrom('job_log_chunks').where('job_id', '=', log.jobId).execute()
  return true
}
