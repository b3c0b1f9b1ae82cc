/** Why a pending job is not being taken (GitLab docs, "This job is stuck"). */

export interface Queued {
  readonly tags: readonly string[]
  /** A runner that is not paused could take it. */
  readonly hasRunner: boolean
  /** … and such a runner called within the last two hours. */
  readonly hasRunnerOnline: boolean
}

/** A sentence for the person who waits; null when the job will be taken. */
export function stuckReason(job: Queued): string | null {
  if (job.hasRunnerOnline) return null
  if (job.hasRunner) return 'This job is stuck because none of the runners that could take it is online.'
  if (job.tags.length > 0) {
    return `This job is stuck because no runner that this project may use has all of its tags: ${job.tags.join(', ')}.`
  }
  return 'This job is stuck because no runner that this project may use takes it.'
}
