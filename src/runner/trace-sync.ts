import { formatChecksum, type JobStatusSignal } from '../contract/runner-protocol.ts'
import type { JobTrace } from './job-trace.ts'
import type { RunnerLogger, RunnerTiming } from './options.ts'
import { backoff, pause } from './pause.ts'
import type { JobRef, JobReply, JobUpdate, ProtocolClient } from './protocol-client.ts'

/** GitLab's limit for one piece of log. */
const PIECE = 1024 * 1024
/** The least time between two calls that only say "still alive", in ms. */
const WATCHED = 3000
/** GitLab Runner's number of tries for the end of a job. */
const FINAL_TRIES = 10
/** How often a server may answer "not yet" to the end of a job. */
const FINAL_REPEATS = 300

export type FinalUpdate = Pick<JobUpdate, 'state' | 'failure_reason' | 'exit_code'>

export interface TraceSync {
  /**
   * Sends the rest of the log and the job's end. delivered: the server has both; gone: it no longer cares for this job;
   * lost: it could not be reached.
   */
  finish(update: FinalUpdate): Promise<'delivered' | 'gone' | 'lost'>
}

/**
 * Keeps the server's copy of a log up to date while the job runs, and learns from the replies whether the job was canceled.
 * One call at a time. A server that is away for a while loses nothing: the log waits here, and its size decides where to go on.
 */
export function startTraceSync(options: {
  readonly client: ProtocolClient
  readonly ref: JobRef
  readonly trace: JobTrace
  readonly timing: RunnerTiming
  readonly debug: boolean
  readonly logger: RunnerLogger
  readonly onSignal: (signal: Exclude<JobStatusSignal, 'continue'>) => void
  /** Aborted: do not wait for a server that is away. */
  readonly hurry: AbortSignal
}): TraceSync {
  const { client, ref, trace, timing, logger } = options
  let sent = 0
  let serverInterval: number | null = null
  let failures = 0
  let lastCall = Date.now()
  let lastPiece = 0
  let gone = false
  const finishing = new AbortController()
  let idle = false
  let wake = new AbortController()

  trace.onGrow(() => {
    if (idle) wake.abort()
  })

  function take(reply: JobReply): void {
    lastCall = Date.now()
    if (reply.interval !== null) serverInterval = reply.interval * 1000
    if (reply.signal === 'abort') gone = true
    if (reply.signal !== 'continue') options.onSignal(reply.signal)
    const failed = reply.outcome === 'failed' || reply.outcome === 'conflict'
    if (failed && failures === 0)
      logger.warn({ job: ref.id, problem: reply.problem }, 'the server did not take an update of a job')
    failures = failed ? failures + 1 : 0
  }

  async function pushPiece(): Promise<JobReply> {
    const piece = trace.read(sent, PIECE)
    lastPiece = Date.now()
    const reply = await client.patchTrace(ref, sent, piece, options.debug)
    if (reply.outcome === 'accepted') sent += piece.length
    // A server that has more than we do keeps it: the job's log can only have been written by this runner.
    if (reply.outcome === 'rewind') sent = Math.min(reply.size, trace.size())
    take(reply)
    return reply
  }

  function output() {
    return { checksum: formatChecksum(trace.checksum()), bytesize: trace.size() }
  }

  function keepAliveDue(): number {
    // A server that asks for short intervals has somebody watching, who should see a cancel take effect.
    return lastCall + Math.min(timing.keepAlive, Math.max(WATCHED, serverInterval ?? timing.keepAlive))
  }

  /** When the next piece of log may go; null: there is none. */
  function pieceDue(): number | null {
    return trace.size() > sent ? lastPiece + (serverInterval ?? timing.traceInterval) : null
  }

  /** When something has to be done next, as a point in time. */
  function due(): number {
    // Not more slowly than this: somebody may be waiting for the log of a server that has just come back.
    if (failures > 0) return lastCall + backoff(failures, timing.retry, Math.min(timing.retryMax, 10_000))
    return Math.min(keepAliveDue(), pieceDue() ?? Number.POSITIVE_INFINITY)
  }

  async function loop(): Promise<void> {
    while (!gone && !finishing.signal.aborted) {
      const wait = due() - Date.now()
      if (wait > 0) {
        idle = trace.size() === sent && failures === 0
        wake = new AbortController()
        await pause(wait, AbortSignal.any([wake.signal, finishing.signal]))
        idle = false
        continue
      }
      const piece = pieceDue()
      if (piece !== null && (failures > 0 || piece <= Date.now())) await pushPiece()
      else take(await client.updateJob(ref, { state: 'running', ...(piece === null && { output: output() }) }))
    }
  }

  const running = loop()

  async function finish(update: FinalUpdate): Promise<'delivered' | 'gone' | 'lost'> {
    finishing.abort()
    await running
    let tries = 0
    let repeats = 0
    for (;;) {
      if (trace.size() > sent) {
        const reply = await pushPiece()
        if (reply.outcome === 'accepted') continue
      } else {
        const reply = await client.updateJob(ref, { ...update, output: output() })
        take(reply)
        if (reply.outcome === 'accepted') return 'delivered'
        if (reply.outcome === 'rewind') sent = 0
        if (reply.outcome === 'repeat' && repeats < FINAL_REPEATS && !options.hurry.aborted) {
          repeats += 1
          await pause(serverInterval ?? timing.retry, options.hurry)
          continue
        }
      }
      if (gone) return 'gone'
      tries += 1
      if (tries >= FINAL_TRIES || options.hurry.aborted) return 'lost'
      await pause(backoff(tries, timing.retry, timing.retryMax), options.hurry)
    }
  }

  return { finish }
}
