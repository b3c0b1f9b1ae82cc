/** Job statuses, their transitions and the reasons a job fails for (reference gitlab-ci-and-runner.md C1, C2). */

export const jobStatuses = [
  'created',
  'waiting_for_resource',
  'preparing',
  'waiting_for_callback',
  'pending',
  'running',
  'canceling',
  'success',
  'failed',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
] as const
export type JobStatus = (typeof jobStatuses)[number]

const beforeRunning: readonly JobStatus[] = [
  'created',
  'waiting_for_resource',
  'preparing',
  'waiting_for_callback',
  'pending',
]

export const jobTransitions = {
  /** A skipped job whose prerequisite is tried again. */
  reset: { from: ['skipped'], to: 'created' },
  enqueue: { from: ['created', 'skipped', 'manual', 'scheduled', 'waiting_for_resource', 'preparing'], to: 'pending' },
  wait_for_resource: { from: ['created', 'skipped', 'manual', 'scheduled'], to: 'waiting_for_resource' },
  actionize: { from: ['created'], to: 'manual' },
  schedule: { from: ['created'], to: 'scheduled' },
  unschedule: { from: ['scheduled'], to: 'manual' },
  /** The gate closed again between enqueue and hand-over: the job goes back to wait for approval. */
  hold: { from: ['pending', 'waiting_for_resource'], to: 'manual' },
  run: { from: ['pending'], to: 'running' },
  skip: { from: ['created', 'waiting_for_resource', 'preparing', 'pending'], to: 'skipped' },
  succeed: { from: [...beforeRunning, 'running'], to: 'success' },
  drop: { from: [...beforeRunning, 'running', 'manual', 'scheduled'], to: 'failed' },
  /** The runner is told to stop but may run `after_script` first. */
  request_cancel: { from: ['running'], to: 'canceling' },
  cancel: { from: [...beforeRunning, 'running', 'canceling', 'manual', 'scheduled'], to: 'canceled' },
} satisfies Record<string, { from: readonly JobStatus[]; to: JobStatus }>

export type JobEvent = keyof typeof jobTransitions

export const completedJobStatuses: readonly JobStatus[] = ['success', 'failed', 'canceled', 'skipped']
export const cancelableJobStatuses: readonly JobStatus[] = [
  'running',
  'waiting_for_callback',
  'waiting_for_resource',
  'preparing',
  'pending',
  'created',
  'scheduled',
  'manual',
]
/** Statuses in which a job's token opens doors: its runner is at work on it. */
export const executingJobStatuses: readonly JobStatus[] = ['running', 'canceling']

/** Whether `event` may happen in `status`. */
export function canMoveJob(status: JobStatus, event: JobEvent): boolean {
  return (jobTransitions[event].from as readonly JobStatus[]).includes(status)
}

/** GitLab's failure reasons that this server gives or accepts from a runner. */
export const failureReasons = [
  'unknown_failure',
  'script_failure',
  'api_failure',
  'stuck_or_timeout_failure',
  'runner_system_failure',
  'missing_dependency_failure',
  'runner_unsupported',
  'stale_schedule',
  'job_execution_timeout',
  'archived_failure',
  'scheduler_failure',
  'data_integrity_failure',
  'forward_deployment_failure',
  'failed_outdated_deployment_job',
  'user_blocked',
  'no_matching_runner',
  'trace_size_exceeded',
  'environment_creation_failure',
  'deployment_rejected',
  'job_execution_server_timeout',
  'protected_environment_failure',
  'image_pull_failure',
  'runner_configuration_error',
  'runner_external_dependency_failure',
  'runner_interrupted',
  'job_canceled',
  'downstream_pipeline_creation_failed',
  'downstream_bridge_project_not_found',
  'insufficient_bridge_permissions',
  'invalid_bridge_trigger',
  'reached_max_descendant_pipelines_depth',
  'reached_max_pipeline_hierarchy_size',
  'pipeline_loop_detected',
] as const
export type FailureReason = (typeof failureReasons)[number]

/** A reason named by a runner, or `unknown_failure` when it is none we know. */
export function failureReasonOf(text: string | null | undefined): FailureReason {
  return failureReasons.find((reason) => reason === text) ?? (text ? 'unknown_failure' : 'script_failure')
}

/** Reasons after which an automatic retry never happens (reference A14). */
const neverRetried: readonly FailureReason[] = [
  'no_matching_runner',
  'missing_dependency_failure',
  'forward_deployment_failure',
  'failed_outdated_deployment_job',
  'environment_creation_failure',
  'deployment_rejected',
  'protected_environment_failure',
  'user_blocked',
]

/** Attempts after which a failure to schedule is final where no `retry:` says otherwise (reference A14). */
const schedulerRetries = 2

/** Whether `retry:` asks for another attempt: a listed reason or exit code matches, or neither is listed. */
export function wantsRetry(
  retry: { max: number; when: readonly string[]; exitCodes: readonly number[] },
  attempt: { retries: number; reason: FailureReason; exitCode: number | null },
): boolean {
  const max = retry.max === 0 && attempt.reason === 'scheduler_failure' ? schedulerRetries : retry.max
  if (neverRetried.includes(attempt.reason) || attempt.retries >= max) return false
  if (retry.when.length === 0 && retry.exitCodes.length === 0) return true
  const byReason = retry.when.includes('always') || retry.when.includes(attempt.reason)
  return byReason || (attempt.exitCode !== null && retry.exitCodes.includes(attempt.exitCode))
}
