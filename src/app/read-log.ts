/** Reading the log of a job, wherever it is: in chunks while the job runs, in the blob store afterwards. */
import { Readable } from 'node:stream'
import { logPart, logPlace } from '../db/job-logs.ts'
import type { App } from './context.ts'

/**
 * Bytes `from` (inclusive) to `to` (exclusive) of a log, in pieces. A log may be archived while it is read: the rest then comes
 * from the blob. Ends early when the log is erased meanwhile.
 */
export function readLogRange(app: App, jobId: number, from: number, to: number): Readable {
  return Readable.from(pieces(app, jobId, from, to), { objectMode: false, highWaterMark: 256 * 1024 })
}

async function* pieces(app: App, jobId: number, from: number, to: number): AsyncGenerator<Buffer, void> {
  let at = from
  while (at < to) {
    const part = await logPart(app.db, jobId, at, to)
    if (part === null) break
    const wanted = part.subarray(0, to - at)
    at += wanted.length
    yield wanted
  }
  if (at >= to) return
  const place = await logPlace(app.db, jobId)
  const blob = place?.blob ? await app.blobs.get(place.blob, at) : null
  if (blob === null) return
  try {
    for await (const piece of blob as AsyncIterable<Buffer>) {
      const wanted = piece.subarray(0, to - at)
      at += wanted.length
      yield wanted
      if (at >= to) return
    }
  } finally {
    blob.destroy()
  }
}
