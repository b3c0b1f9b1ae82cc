/** A job whose turn has come: enqueue it, block it for approval, make it manual or delayed, or fail it with a reason. */
import { type Change, type JobSet, moveJob } from './change.ts'
import { canMoveDeployment } from './deployment.ts'
import type { JobFacts } from './facts.ts'
import { gate } from './gate.ts'
import { canMoveJob, type FailureReason, type JobEvent } from './job.ts'

export type StartFailure = Extract<
  FailureReason,
  | 'environment_creation_failure'
  | 'data_integrity_failure'
  | 'user_blocked'
  | 'failed_outdated_deployment_job'
  | 'protected_environment_failure'
>

/** Decides what a created job does now that everything before it is done (GitLab Ci::ProcessBuildService and its EE half). */
export function decideStart(job: JobFacts, now: Date): Change[] {
  const failure = failureAtStart(job)
  if (failure) return moveJob(job, 'drop', { failureReason: failure })
  if (blocksForApproval(job)) return moveJob(job, 'actionize', { when: 'manual' })
  if (job.enqueueImmediately) return enqueue(job)
  if (job.when === 'manual') return moveJob(job, 'actionize')
  if (job.when === 'delayed') {
    return moveJob(job, 'schedule', { scheduledAt: new Date(now.getTime() + (job.startIn ?? 0) * 1000) })
  }
  return enqueue(job)
}

/**
 * Decides what a job does that waited for its time or for its resource, and need not wait any longer: the questions of its turn
 * are asked again, because much may have changed since. One whose resource is not free stays as it is.
 */
export function decideContinue(job: JobFacts): Change[] {
  const failure = failureAtStart({ ...job, when: 'on_success' })
  if (failure) return moveJob(job, 'drop', { failureReason: failure })
  if (!blocksForApproval(job)) return enqueue(job)
  return moveJob(job, job.status === 'scheduled' ? 'unschedule' : 'hold', { when: 'manual' })
}

/** Enqueues, or waits for the resource first. The gate must have been asked by the caller. */
export function enqueue(job: JobFacts, set: JobSet = {}): Change[] {
  const event: JobEvent = job.resourceGroup && !job.resourceGroup.free ? 'wait_for_resource' : 'enqueue'
  return canMoveJob(job.status, event) ? moveJob(job, event, set) : []
}

/** Whether the job's deployment must be approved before anything may run, or (rules) waits for a person who may deploy. */
export function blocksForApproval(job: JobFacts): boolean {
  const { deployment } = job
  if (!deployment || deployment.approvals === 'none') return false
  if (gate(deployment.gate).state !== 'open') return true
  return deployment.approvals === 'rules' && job.environment !== null && !job.environment.userMayDeploy
}

/**
 * Why a job fails instead of starting; null when it may go on. Protection without rules fails a job whose user may not deploy
 * (GitLab 14.7, and today without approvals); with rules the job is gated instead and waits for a permitted person.
 */
export function failureAtStart(job: JobFacts): StartFailure | null {
  if (job.environment?.invalid) return 'environment_creation_failure'
  if (lacksDeployment(job)) return 'data_integrity_failure'
  // A manual job is not started by its turn but by whoever plays it, so it is judged then, with that person.
  if (job.when === 'manual' && !job.enqueueImmediately) return null
  if (!job.userActive) return 'user_blocked'
  if (job.deployment?.outdated) return 'failed_outdated_deployment_job'
  const gatedByRules = job.deployment?.approvals === 'rules'
  return job.environment && !job.environment.userMayDeploy && !gatedByRules ? 'protected_environment_failure' : null
}

/** Whether a job that deploys has no deployment that could run: it was deleted, or is over. Then nothing would ask for approvals. */
export function lacksDeployment({ environment, deployment }: JobFacts): boolean {
  return (environment?.deploys ?? false) && !(deployment && canMoveDeployment(deployment.status, 'run'))
}
