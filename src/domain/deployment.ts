/**
 * Deployment statuses and their transitions (GitLab `Deployment` model; reference gitlab-deployments.md 2.1, 2.2).
 */
import type { JobStatus } from './job.ts'

export const deploymentStatuses = ['created', 'running', 'success', 'failed', 'canceled', 'skipped', 'blocked'] as const
export type DeploymentStatus = (typeof deploymentStatuses)[number]

const anyBut = (status: DeploymentStatus): readonly DeploymentStatus[] => deploymentStatuses.filter((s) => s !== status)

export const deploymentTransitions = {
  run: { from: ['created', 'blocked'], to: 'running' },
  block: { from: ['created'], to: 'blocked' },
  unblock: { from: ['blocked'], to: 'created' },
  create: { from: ['skipped'], to: 'created' },
  succeed: { from: anyBut('success'), to: 'success' },
  drop: { from: anyBut('failed'), to: 'failed' },
  cancel: { from: anyBut('canceled'), to: 'canceled' },
  skip: { from: anyBut('skipped'), to: 'skipped' },
} satisfies Record<string, { from: readonly DeploymentStatus[]; to: DeploymentStatus }>

export type DeploymentEvent = keyof typeof deploymentTransitions

/** Waiting for something; a vote can still matter. */
export const upcomingDeploymentStatuses: readonly DeploymentStatus[] = ['created', 'blocked']
export const finishedDeploymentStatuses: readonly DeploymentStatus[] = ['success', 'failed', 'canceled']

/** Whether `event` may happen in `status`. */
export function canMoveDeployment(status: DeploymentStatus, event: DeploymentEvent): boolean {
  return (deploymentTransitions[event].from as readonly DeploymentStatus[]).includes(status)
}

/**
 * What happens to a deployment when its job enters `jobStatus`; null: nothing.
 * A pending job leaves its deployment alone, except that an approval's own enqueue unblocks it (see decide-vote.ts).
 */
export function deploymentEventFor(jobStatus: JobStatus, deployment: DeploymentStatus): DeploymentEvent | null {
  const event = eventByJobStatus[jobStatus]
  if (event === 'block' && deployment === 'skipped') return 'create'
  return event !== null && canMoveDeployment(deployment, event) ? event : null
}

const eventByJobStatus: Record<JobStatus, DeploymentEvent | null> = {
  created: 'create',
  waiting_for_resource: null,
  preparing: null,
  waiting_for_callback: null,
  pending: null,
  running: 'run',
  canceling: null,
  success: 'succeed',
  failed: 'drop',
  canceled: 'cancel',
  skipped: 'skip',
  manual: 'block',
  scheduled: null,
}
