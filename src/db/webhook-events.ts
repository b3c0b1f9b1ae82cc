/** What an event keeps of its moment (webhook_deliveries.details): what may have changed by the time it is told. */
import type { DeploymentStatus } from '../domain/deployment.ts'
import type { JobStatus } from '../domain/job.ts'
import type { PipelineStatus } from '../domain/pipeline.ts'
import type { HookEvent } from './webhook-queue.ts'

/** GitLab tells these and not that a job is skipped or waits for somebody; trigger jobs are never told. */
const toldJobs: readonly JobStatus[] = ['created', 'pending', 'running', 'success', 'failed', 'canceled']
const toldDeployments: readonly DeploymentStatus[] = ['blocked', 'running', 'success', 'failed', 'canceled']

const timestamp = (date: Date | null) => date?.toISOString() ?? null

export function jobEvent(job: {
  readonly id: number
  readonly project_id: number
  readonly status: JobStatus
  readonly is_bridge: boolean
  readonly queued_at: Date | null
  readonly started_at: Date | null
  readonly finished_at: Date | null
  readonly failure_reason: string | null
}): HookEvent | null {
  if (job.is_bridge || !toldJobs.includes(job.status)) return null
  return {
    event: 'job',
    projectId: job.project_id,
    subjectId: job.id,
    details: {
      status: job.status,
      queued_at: timestamp(job.queued_at),
      started_at: timestamp(job.started_at),
      finished_at: timestamp(job.finished_at),
      failure_reason: job.failure_reason,
    },
  }
}

export function pipelineEvent(pipeline: {
  readonly id: number
  readonly project_id: number
  readonly status: PipelineStatus
  readonly started_at: Date | null
  readonly finished_at: Date | null
}): HookEvent {
  return {
    event: 'pipeline',
    projectId: pipeline.project_id,
    subjectId: pipeline.id,
    details: {
      status: pipeline.status,
      started_at: timestamp(pipeline.started_at),
      finished_at: timestamp(pipeline.finished_at),
    },
  }
}

/** A deployment that was merely created, or is skipped, is not told (GitLab docs, Deployment events). */
export function deploymentEvent(deployment: {
  readonly id: number
  readonly project_id: number
  readonly status: DeploymentStatus
  readonly updated_at: Date
}): HookEvent | null {
  if (!toldDeployments.includes(deployment.status)) return null
  return {
    event: 'deployment',
    projectId: deployment.project_id,
    subjectId: deployment.id,
    details: { status: deployment.status, status_changed_at: timestamp(deployment.updated_at) },
  }
}

/** A vote; its status takes the place of the deployment's (GitLab: `approved` and `rejected` deployment events). */
export function approvalEvent(vote: {
  readonly id: number
  readonly project_id: number
  readonly deploymentId: number
  readonly userId: number
  readonly status: 'approved' | 'rejected'
  readonly comment: string | null
  readonly approval_rule_id: number | null
  readonly created_at: Date
  readonly updated_at: Date
}): HookEvent {
  return {
    event: 'deployment',
    projectId: vote.project_id,
    subjectId: vote.deploymentId,
    details: {
      status: vote.status,
      status_changed_at: timestamp(vote.updated_at),
      approver_id: vote.userId,
      approval: {
        id: vote.id,
        status: vote.status,
        comment: vote.comment,
        created_at: timestamp(vote.created_at),
        rule_id: vote.approval_rule_id,
      },
    },
  }
}
