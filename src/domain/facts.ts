/** What decisions look at. Read under the pipeline's lease by app/, never changed here. */
import type { DeploymentStatus } from './deployment.ts'
import type { GateFacts } from './gate.ts'
import type { JobStatus } from './job.ts'
import type { When } from './plan.ts'

export interface DeploymentFacts {
  readonly id: number
  readonly status: DeploymentStatus
  /** The person who answers for its creator: behind a bot, whoever made it. */
  readonly creatorId: number | null
  readonly environmentName: string
  /** At least one protected environment entry applies. */
  readonly protected: boolean
  /**
   * `count`: a bare required_approval_count (GitLab 14.7), where a triggerer who may not deploy fails the job.
   * `rules`: approval rules, where the job is gated and waits for a permitted person. Without approvals: `none`.
   */
  readonly approvals: 'none' | 'count' | 'rules'
  readonly gate: GateFacts
  /** What the last approval does; `manual` when any applicable entry says so. */
  readonly start: 'on_approval' | 'manual'
  /** Older than the environment's last successful deployment, of another commit, and the project forbids that. */
  readonly outdated: boolean
}

export interface JobFacts {
  readonly id: number
  readonly name: string
  readonly status: JobStatus
  readonly when: When
  /** Seconds, for `when: delayed`. */
  readonly startIn: number | null
  readonly allowFailure: boolean
  readonly enqueueImmediately: boolean
  readonly userId: number | null
  /** The job's user is an active account. */
  readonly userActive: boolean
  /** Null: no environment. */
  readonly environment: {
    readonly name: string
    /** The name expanded to something that no environment can be called. */
    readonly invalid: boolean
    /** Action `start`: the job makes a deployment, and must not run without it. */
    readonly deploys: boolean
    /** Every applicable protection entry lets the job's user in; true when there is none. */
    readonly userMayDeploy: boolean
  } | null
  readonly deployment: DeploymentFacts | null
  /** Null: none. `free`: nobody else holds it and it is this job's turn. */
  readonly resourceGroup: { readonly id: number; readonly free: boolean } | null
}
