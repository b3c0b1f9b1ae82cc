/** Job logs while they are written: chunks by offset, so that any replica can append and read. */
import { sql } from 'kysely'
import type { Db, Tx } from './open.ts'
import { notify } from './wake.ts'

/**
 * Appends at an offset. Answers the log's size afterwards; `appended` is false when the offset is not the current size, and then
 * nothing was written.
 */
export async function appendLog(
  tx: Tx,
  jobId: number,
  start: number,
  data: Buffer,
): Promise<{ readonly appended: boolean; readonly size: number }> {
  const row = await tx
    .updateTable('jobs')
    .set({ log_size: start + data.length, contacted_at: sql<Date>`now()` })
    .where('id', '=', jobId)
    .where('log_size', '=', start)
    // The last words of a runner may come after the log was archived.
    .where('log_blob', 'is', null)
    .returning(['log_size', 'project_id'])
    .executeTakeFirst()
  if (!row) {
    const { log_size } = await tx
      .selectFrom('jobs')
      .select('log_size')
      .where('id', '=', jobId)
      .executeTakeFirstOrThrow()
    return { appended: false, size: log_size }
  }
  if (data.length > 0)
    await tx.insertInto('job_log_chunks').values({ job_id: jobId, start_offset: start, data }).execute()
  // Whoever watches the log looks again.
  await notify(tx, 'changes', JSON.stringify({ project_id: row.project_id, things: [`Log:${jobId}`] }))
  return { appended: true, size: row.log_size }
}

/** From now on the job's log, with all that is in it already, is for those who may change jobs. */
export async function restrictLog(tx: Tx, jobId: number): Promise<void> {
  await tx.updateTable('jobs').set({ debug_log: true }).where('id', '=', jobId).where('debug_log', '=', false).execute()
}

/** Throws the log away; a runner that saw a wrong checksum sends it again from the start. */
export async function resetLog(tx: Tx, jobId: number): Promise<void> {
  const row = await tx
    .updateTable('jobs')
    .set({ log_size: 0 })
    .where('id', '=', jobId)
    .where('log_blob', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (row) await tx.deleteFrom('job_log_chunks').where('job_id', '=', jobId).execute()
}

/** Bytes of a log that is not archived, from an offset to its end. */
export async function readLog(db: Db, jobId: number, options: { readonly from: number }): Promise<Buffer> {
  const rows = await db
    .selectFrom('job_log_chunks')
    .select(['start_offset', 'data'])
    .where('job_id', '=', jobId)
    .where(sql<number>`start_offset + length(data)`, '>', options.from)
    .orderBy('start_offset')
    .execute()
  return Buffer.concat(rows.map(({ start_offset, data }) => data.subarray(Math.max(options.from - start_offset, 0))))
}

/** How large a job's log is, and its key in the blob store once it is archived; null when there is no such job. */
export async function logPlace(
  db: Db,
  jobId: number,
): Promise<{ readonly size: number; readonly blob: string | null } | null> {
  const row = await db.selectFrom('jobs').select(['log_size', 'log_blob']).where('id', '=', jobId).executeTakeFirst()
  return row ? { size: row.log_size, blob: row.log_blob } : null
}

/** Bytes read at once, but for the last chunk that begins among them. */
const partBytes = 2 * 1024 * 1024

/** Some bytes of a log that is not archived, beginning exactly at `from` and going about to `to` at most; null for none. */
export async function logPart(db: Db, jobId: number, from: number, to: number): Promise<Buffer | null> {
  const { rows } = await sql<{ start_offset: number; data: Buffer }>`
    select start_offset, data from job_log_chunks
     where job_id = ${jobId} and start_offset < ${Math.min(to, from + partBytes)}
       and start_offset >= coalesce((select max(start_offset) from job_log_chunks where job_id = ${jobId} and start_offset <= ${from}), ${from})
     order by start_offset`.execute(db)
  const parts: Buffer[] = []
  let at = from
  for (const { start_offset, data } of rows) {
    const part = data.subarray(Math.max(at - start_offset, 0))
    // A hole would shift everything after it.
    if (start_offset > at || part.length === 0) break
    parts.push(part)
    at += part.length
  }
  return parts.length === 0 ? null : Buffer.concat(parts)
}
