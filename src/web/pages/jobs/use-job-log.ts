import { useEffect, useRef, useState } from 'react'
import { readLogRange } from '../../api/log-range.ts'
import type { Change } from '../../live/stale-keys.ts'
import { useChanges } from '../../live/use-changes.ts'
import { type Log, makeLog } from './log-lines.ts'

/** The first part is small, so that something shows at once. In bytes. */
const firstPart = 256 * 1024
const part = 4 * 1024 * 1024

export interface JobLog {
  readonly log: Log
  /** Grows with everything that is read; the log itself is one object. */
  readonly version: number
  /** Bytes. */
  readonly read: number
  readonly size: number
  readonly error: Error | null
  readonly loading: boolean
  readonly again: () => void
}

type State = Omit<JobLog, 'again'>
const nothing = (): State => ({ log: makeLog(), version: 0, read: 0, size: 0, error: null, loading: true })

/**
 * Reads a log from its beginning and goes on whenever the server tells that there is more.
 * @param status of the job: its last words are written with the end
 */
export function useJobLog(projectId: number, jobId: number, status: string): JobLog {
  const [state, setState] = useState(nothing)
  const reader = useRef<(() => void) | null>(null)
  useEffect(() => {
    const stop = new AbortController()
    reader.current = startReader({ projectId, jobId }, stop.signal, setState)
    return () => stop.abort()
  }, [projectId, jobId])
  // oxlint-disable-next-line react/exhaustive-deps -- asks anew for each status
  useEffect(() => reader.current?.(), [status, projectId, jobId])
  useChanges((change) => {
    if (change === null || concernsLog(change, projectId, jobId)) reader.current?.()
  })
  return { ...state, again: () => reader.current?.() }
}

function concernsLog({ project_id, things }: Change, projectId: number, jobId: number): boolean {
  if (project_id !== projectId) return false
  return things === null || things.includes(`Log:${jobId}`) || things.includes(`Job:${jobId}`)
}

/** Answers how to have it look whether there is more. One request at a time. */
function startReader(
  job: { readonly projectId: number; readonly jobId: number },
  signal: AbortSignal,
  show: (change: (before: State) => State) => void,
): () => void {
  let log = makeLog()
  let decoder = new TextDecoder()
  let read = 0
  let reading = false
  let asked = false

  const readOn = async () => {
    for (;;) {
      const range = await readLogRange(job, read, read === 0 ? firstPart : part, signal)
      if (range.size < read) {
        // Erased, or sent again from its beginning.
        log = makeLog()
        decoder = new TextDecoder()
        read = 0
        if (range.size > 0) continue
      }
      read += range.bytes.length
      log.add(decoder.decode(range.bytes, { stream: true }))
      const now = { log, read, size: range.size, error: null, loading: read < range.size }
      show((before) => ({ ...now, version: before.version + 1 }))
      if (read >= range.size || range.bytes.length === 0) return
    }
  }
  const run = async () => {
    reading = true
    try {
      while (asked) {
        asked = false
        await readOn()
      }
    } catch (error) {
      if (!signal.aborted) show((before) => ({ ...before, loading: false, error: error as Error }))
    } finally {
      reading = false
    }
  }
  return () => {
    asked = true
    if (!reading && !signal.aborted) void run()
  }
}
