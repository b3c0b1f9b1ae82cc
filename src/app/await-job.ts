/** A runner's held request: answered the moment a job is there, or with nothing when the time is over. */

import { type ClaimingRunner, claimJob } from './claim-job.ts'
import type { App } from './context.ts'
import type { JobOrder } from './job-order.ts'

/** A wake-up can be lost; this often a waiting request looks by itself. */
const lookAgainMs = 5_000

export interface JobAnswer {
  /** Null: there is none. */
  readonly order: JobOrder | null
  /** Of what was looked at (job-news.ts): the runner sends it back. */
  readonly version: string
}

/**
 * Waits for a job for this runner, up to the server's hold time.
 * @param lastSeen the version with which the runner was told that there is nothing: while it is the same, it waits without a look
 * @param gone the runner hung up
 */
export async function awaitJob(
  app: App,
  runner: ClaimingRunner,
  lastSeen: string | undefined,
  gone: AbortSignal,
): Promise<JobAnswer> {
  const stop = AbortSignal.any([gone, app.closing])
  const deadline = Date.now() + app.timing.holdMs
  let known = lastSeen
  for (;;) {
    // Listening starts before looking: a job that becomes pending in between is not missed.
    const waiting = wokenOrAfter(app, stop, Math.min(lookAgainMs, deadline - Date.now()))
    const version = app.jobNews.version()
    const order = stop.aborted || known === version ? null : await claimJob(app, runner)
    if (order !== null || stop.aborted || Date.now() >= deadline) {
      waiting.cancel()
      return { order, version }
    }
    // Only the first look may be left out.
    known = undefined
    await waiting.done
  }
}

/** Resolves on the next wake-up, on `stop`, or after `ms`. */
function wokenOrAfter(
  app: App,
  stop: AbortSignal,
  ms: number,
): { readonly done: Promise<void>; readonly cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.max(ms, 0))
  const off = app.wake.on('jobs', (payload) => {
    if (payload !== undefined) resolve()
  })
  stop.addEventListener('abort', () => resolve(), { once: true })
  const done = promise.finally(() => {
    clearTimeout(timer)
    off()
  })
  return { done, cancel: () => resolve() }
}
