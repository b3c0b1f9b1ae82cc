/** Job logs while they are written: chunks by offset, so that any replica can append and read. */
import { sql } from 'kysely'
import type { Db, Tx } from './open.ts'

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
    .returning('log_size')
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
  return { appended: true, size: row.log_size }
}

/** Throws the log away; a runner that saw a wrong checksum sends it again from the start. */
export async function resetLog(tx: Tx, jobId: number): Promise<void> {
  await tx.deleteFrom('job_log_chunks').where('job_id', '=', jobId).execute()
  await tx.updateTable('jobs').set({ log_size: 0 }).where('id', '=', jobId).execute()
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
