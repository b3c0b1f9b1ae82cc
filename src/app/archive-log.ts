/** Moves the log of a job that is over out of the database into the blob store. Safe to repeat, to race and to kill. */
import { keepBlob, releaseBlob, reserveBlob } from '../db/blob-removals.ts'
import { finishedLogs, replaceChunks, unarchivedLog } from '../db/log-archive.ts'
import { inTransaction } from '../db/transaction.ts'
import { newBlobKey } from './blob-key.ts'
import type { App } from './context.ts'
import { readLogRange } from './read-log.ts'

const batch = 100

/** Archives one log. Answers false when there was nothing to archive, or somebody else did it. */
export async function archiveLog(app: App, jobId: number): Promise<boolean> {
  const log = await unarchivedLog(app.db, jobId)
  if (!log) return false
  const key = newBlobKey('logs', jobId)
  await inTransaction(app.db, (tx) => reserveBlob(tx, key))
  const stored = await app.blobs.put(key, readLogRange(app, jobId, 0, log.size), log.size)
  const archived = await inTransaction(app.db, async (tx) => {
    const whole = stored.size === log.size && (await replaceChunks(tx, { jobId, key, size: log.size }))
    if (whole && !(await keepBlob(tx, key))) throw new Error(`archiving the log of job ${jobId} took too long`)
    if (!whole) await releaseBlob(tx, key)
    return whole
  })
  return archived
}

/** Archives the logs of jobs that are over. One that fails is logged and tried again the next time. */
export async function archiveFinishedLogs(app: App): Promise<void> {
  let after = 0
  for (;;) {
    const jobs = await finishedLogs(app.db, after, batch)
    for (const id of jobs) {
      if (app.closing.aborted) return
      await archiveLog(app, id).catch((error: unknown) => app.log.error({ err: error, job: id }, 'log not archived'))
    }
    after = jobs.at(-1) ?? after
    if (jobs.length < batch) return
  }
}
