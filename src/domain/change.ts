/**
 * What a decision wants done. `db/apply.ts` alone turns these into SQL: each move is an update that must still find the `from`
 * status, and writes its own audit row.
 */
import { type BridgeEvent, bridgeTransitions, canMoveBridge } from './bridge.ts'
import type { DeploymentEvent, DeploymentStatus } from './deployment.ts'
import { canMoveDeployment, deploymentEventFor, deploymentTransitions } from './deployment.ts'
import type { RuleKey } from './gate.ts'
import { canMoveJob, type FailureReason, type JobEvent, type JobStatus, jobTransitions } from './job.ts'
import type { PipelineStatus } from './pipeline.ts'
import type { When } from './plan.ts'

export type Change =
  | {
      readonly kind: 'job_moved'
      readonly jobId: number
      readonly from: JobStatus
      readonly to: JobStatus
      readonly set: JobSet
    }
  | {
      readonly kind: 'deployment_moved'
      readonly deploymentId: number
      readonly from: DeploymentStatus
      readonly to: DeploymentStatus
    }
  | {
      readonly kind: 'pipeline_moved'
      readonly pipelineId: number
      readonly from: PipelineStatus
      readonly to: PipelineStatus
    }
  | {
      readonly kind: 'vote_recorded'
      readonly deploymentId: number
      readonly userId: number
      readonly filed: RuleKey
      readonly chosen: boolean
      readonly status: 'approved' | 'rejected'
      readonly comment: string | null
    }
  | {
      readonly kind: 'vote_changed'
      readonly deploymentId: number
      readonly voteId: number
      readonly userId: number
      readonly filed: RuleKey
      readonly chosen: boolean
      readonly status: 'approved' | 'rejected'
      readonly comment: string | null
    }
  /**
   * An earlier vote that named no rule is counted under another one, so that more requirements are met. Null takes a vote from
   * its rule: it was void, and another vote of the same person takes its place; or it is about to move itself.
   */
  | { readonly kind: 'vote_refiled'; readonly voteId: number; readonly filed: RuleKey | null }

/** Columns that change together with a job's status. */
export interface JobSet {
  readonly when?: When
  readonly userId?: number
  readonly failureReason?: FailureReason
  /** What the reason leaves open, for the person who reads it. */
  readonly failureMessage?: string
  readonly exitCode?: number | null
  readonly allowFailure?: boolean
  readonly scheduledAt?: Date
  readonly enqueueImmediately?: boolean
}

/** The least that moving a job needs to know. */
export interface Movable {
  readonly id: number
  readonly status: JobStatus
  readonly deployment: { readonly id: number; readonly status: DeploymentStatus } | null
}

/** Moves a job, and its deployment with it. Throws when the transition table forbids it: callers ask first. */
export function moveJob(job: Movable, event: JobEvent, set: JobSet = {}): Change[] {
  if (!canMoveJob(job.status, event)) throw new Error(`job ${job.id} cannot ${event} from ${job.status}`)
  return moveTo(job, jobTransitions[event].to, set)
}

/** The same for a trigger job, which also follows its downstream pipeline. */
export function moveBridge(job: Movable, event: JobEvent | BridgeEvent, set: JobSet = {}): Change[] {
  if (!isBridgeEvent(event)) return moveJob(job, event, set)
  if (!canMoveBridge(job.status, event)) throw new Error(`trigger job ${job.id} cannot ${event} from ${job.status}`)
  return moveTo(job, bridgeTransitions[event].to, set)
}

function isBridgeEvent(event: JobEvent | BridgeEvent): event is BridgeEvent {
  return event in bridgeTransitions
}

function moveTo(job: Movable, to: JobStatus, set: JobSet): Change[] {
  const moved: Change[] = [{ kind: 'job_moved', jobId: job.id, from: job.status, to, set }]
  if (!job.deployment) return moved
  const follows = deploymentEventFor(to, job.deployment.status)
  return follows ? [...moved, ...moveDeployment(job.deployment, follows)] : moved
}

/** Moves a deployment; nothing when it is there already. */
export function moveDeployment(deployment: { id: number; status: DeploymentStatus }, event: DeploymentEvent): Change[] {
  if (!canMoveDeployment(deployment.status, event)) return []
  const to = deploymentTransitions[event].to
  return [{ kind: 'deployment_moved', deploymentId: deployment.id, from: deployment.status, to }]
}
