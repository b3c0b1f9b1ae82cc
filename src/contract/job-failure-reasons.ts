/** Reasons a runner can always give (GitLab Runner: no need to be listed in a job's `features.failure_reasons`). */
const BASIC_REASONS = ['script_failure', 'runner_system_failure', 'job_execution_timeout'] as const

/** Everything a runner may say in `PUT /jobs/:id`; also what a server lists in a job's `features.failure_reasons`. */
export const RUNNER_FAILURE_REASONS = [
  ...BASIC_REASONS,
  'unknown_failure',
  'image_pull_failure',
  'runner_configuration_error',
  'runner_external_dependency_failure',
  'runner_interrupted',
  'job_canceled',
] as const

export type RunnerFailureReason = (typeof RUNNER_FAILURE_REASONS)[number]

/** What a runner says instead when the server does not know the reason. */
const FALLBACK: Readonly<Record<RunnerFailureReason, RunnerFailureReason>> = {
  script_failure: 'script_failure',
  runner_system_failure: 'runner_system_failure',
  job_execution_timeout: 'job_execution_timeout',
  unknown_failure: 'unknown_failure',
  image_pull_failure: 'runner_system_failure',
  runner_configuration_error: 'script_failure',
  runner_external_dependency_failure: 'runner_system_failure',
  runner_interrupted: 'unknown_failure',
  job_canceled: 'unknown_failure',
}

/** The reason a runner sends: `reason` itself if it is basic or the job lists it, otherwise GitLab Runner's replacement. */
export function reasonForServer(reason: RunnerFailureReason, listed: readonly string[]): RunnerFailureReason {
  const basic: readonly string[] = BASIC_REASONS
  return basic.includes(reason) || listed.includes(reason) ? reason : FALLBACK[reason]
}

/** The reason a server stores: absent means script_failure, an unknown word unknown_failure (GitLab's rule). */
export function reasonFromRunner(reason: string | undefined): RunnerFailureReason {
  if (reason === undefined || reason === '') return 'script_failure'
  return RUNNER_FAILURE_REASONS.find((known) => known === reason) ?? 'unknown_failure'
}
