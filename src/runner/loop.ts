import type { JobPayload } from '../contract/runner-protocol.ts'
import type { RunnerLogger, RunnerTiming } from './options.ts'
import { backoff, pause } from './pause.ts'
import type { JobRequestResult, ProtocolClient } from './protocol-client.ts'

export interface PollLoop {
  /** Resolves when no more jobs are asked for and all that were taken are over. */
  readonly done: Promise<void>
}

/**
 * Asks for jobs, one request at a time and only while a slot is free. A server may hold the request until it has a job; an answer
 * without one that came at once is followed by a pause. `quit` aborted: the request under way is dropped, running jobs go on.
 */
export function startPollLoop(options: {
  readonly client: ProtocolClient
  readonly concurrency: number
  readonly timing: RunnerTiming
  readonly logger: RunnerLogger
  readonly quit: AbortSignal
  readonly run: (job: JobPayload, slot: number) => Promise<void>
}): PollLoop {
  const { client, timing, logger, quit } = options
  const free = Array.from({ length: options.concurrency }, (_, slot) => slot)
  const running = new Set<Promise<void>>()
  let failures = 0

  function start(job: JobPayload, slot: number): void {
    const work = options
      .run(job, slot)
      .catch((error: unknown) => logger.error({ job: job.id, err: error }, 'a job ended unexpectedly'))
      .finally(() => {
        running.delete(work)
        free.push(slot)
        free.sort((a, b) => a - b)
      })
    running.add(work)
  }

  async function ask(): Promise<void> {
    const asked = Date.now()
    const answer = await client.requestJob(quit)
    if (answer.kind === 'job') {
      const slot = free.shift()
      if (slot !== undefined) start(answer.job, slot)
      failures = 0
      return
    }
    if (quit.aborted) return
    failures = answer.kind === 'none' ? 0 : failures + 1
    await report(answer, failures)
    const wait = failures > 0 ? backoff(failures, timing.retry, timing.retryMax) : asked + timing.poll - Date.now()
    if (wait > 0) await pause(wait, quit)
  }

  /** A job that cannot even be read is failed at once; it would come back for ever otherwise. */
  async function report(answer: JobRequestResult, count: number): Promise<void> {
    if (answer.kind === 'none' || answer.kind === 'job') return
    const { problem } = answer
    if (answer.kind === 'unreadable') {
      logger.error({ job: answer.ref?.id, problem }, 'the server sent a job that this runner cannot read')
      if (answer.ref === null) return
      await client.updateJob(answer.ref, { state: 'running' })
      await client.updateJob(answer.ref, { state: 'failed', failure_reason: 'runner_system_failure' })
    } else if (answer.kind === 'forbidden') {
      if (count === 1) logger.error({ problem }, 'the server does not know this runner: check its token')
    } else if (count === 1) logger.warn({ problem }, 'the server cannot be asked for jobs')
  }

  async function loop(): Promise<void> {
    while (!quit.aborted) {
      if (free.length > 0) await ask()
      else await Promise.race(running)
    }
    await Promise.all(running)
  }

  return { done: loop() }
}
