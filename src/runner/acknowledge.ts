import type { RunnerTiming } from './options.ts'
import { backoff, pause } from './pause.ts'
import type { JobRef, ProtocolClient } from './protocol-client.ts'

/** A server takes an unacknowledged job back after 2 minutes; it must not be started here after that. */
const WINDOW = 90_000

/**
 * The second phase of taking a job: tells the server that it is here and begins to run. `dropped`: the server refused, or could
 * not be reached in time; the job must not run here, and no further call may be made about it. `canceled`: it was canceled on the way.
 */
export async function acknowledgeJob(
  client: ProtocolClient,
  ref: JobRef,
  timing: RunnerTiming,
  stop: AbortSignal,
): Promise<'accepted' | 'canceled' | 'dropped'> {
  const end = Date.now() + WINDOW
  for (let failures = 0; ; ) {
    const reply = await client.updateJob(ref, { state: 'running' })
    if (reply.signal === 'abort' || reply.outcome === 'conflict') return 'dropped'
    if (reply.signal === 'cancel_gracefully') return 'canceled'
    if (reply.outcome !== 'failed') return 'accepted'
    failures += 1
    const wait = backoff(failures, timing.retry, 10_000)
    if (stop.aborted || Date.now() + wait > end) return 'dropped'
    await pause(wait, stop)
  }
}
