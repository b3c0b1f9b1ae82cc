/** Whether a runner could find more than it found last (reference gitlab-ci-and-runner.md D3, `X-GitLab-Last-Update`). */
import { randomBytes } from 'node:crypto'
import type { Wake } from '../db/wake.ts'

export interface JobNews {
  /** Another text as soon as a job may have become available: whoever saw this one and found nothing need not look again. */
  version(): string
}

/** What nobody is told of, such as a runner's new tag or a connection that broke unseen, is found after so many milliseconds. */
const forgetAfterMs = 10_000

/** Follows the wake-ups of the process. A version means something to this process alone; to another one it is simply not its own. */
export function followJobNews(wake: Wake): JobNews {
  const process = randomBytes(6).toString('hex')
  let heard = 0
  wake.on('jobs', () => (heard += 1))
  return { version: () => `${process}-${heard}-${Math.floor(performance.now() / forgetAfterMs)}` }
}
