import { type JobPayload, reasonForServer } from '../contract/runner-protocol.ts'
import type { JobFailure } from './job-stages.ts'
import type { FinalUpdate } from './trace-sync.ts'

/** How a job was ended from outside. gone: the server wants to hear no more of it. stopped: the runner itself stops. */
export type Interruption = 'gone' | 'canceled' | 'timeout' | 'stopped'

/** A job's result: what interrupted it weighs more than how its script ended because of that. null: success. */
export function judge(
  failure: JobFailure | null,
  interruption: Interruption | null,
  timeoutSeconds: number,
): JobFailure | null {
  if (interruption === null) return failure
  if (interruption === 'timeout') {
    return {
      reason: 'job_execution_timeout',
      exitCode: null,
      message: `execution took longer than ${timeoutSeconds} seconds`,
    }
  }
  if (interruption === 'stopped')
    return { reason: 'runner_interrupted', exitCode: null, message: 'the runner was stopped' }
  return { reason: 'job_canceled', exitCode: null, message: 'canceled' }
}

/** Why this runner cannot run a job; null if it can. A server that reads a runner's features does not send such jobs. */
export function unsupported(job: JobPayload): string | null {
  if (job.run !== '') return 'this runner cannot run jobs with the keyword run'
  if (Object.keys(job.secrets).length > 0) return 'this runner cannot fetch external secrets'
  if (!job.steps.some((step) => step.name !== 'after_script')) return 'the job has no script'
  return null
}

/** What the server is told, in reasons that it knows. */
export function finalUpdate(result: JobFailure | null, job: JobPayload): FinalUpdate {
  if (result === null) return { state: 'success' }
  const reason = reasonForServer(result.reason, job.features.failure_reasons)
  return { state: 'failed', failure_reason: reason, ...(result.exitCode !== null && { exit_code: result.exitCode }) }
}
