/** What a job needs its runner to be able to do (GitLab: Ci::Build::RUNNER_FEATURES; reference gitlab-ci-and-runner.md D1). */
import type { JobPlan } from './plan.ts'

const needs = {
  upload_multiple_artifacts: (plan) => plan.artifacts.some((artifact) => artifact.type !== 'archive'),
  artifacts_exclude: (plan) => plan.artifacts.some((artifact) => artifact.exclude.length > 0),
  multi_build_steps: (plan) => plan.release !== null,
  return_exit_code: (plan) => plan.allowFailureExitCodes.length > 0 || plan.retry.exitCodes.length > 0,
  fallback_cache_keys: (plan) => plan.cache.some((cache) => cache.fallbackKeys.length > 0),
  vault_secrets: (plan) => Object.keys(plan.secrets).length > 0,
  job_inputs: (plan) => (plan.inputs ?? []).length > 0,
} satisfies Record<string, (plan: JobPlan) => boolean>

export type RunnerAbility = keyof typeof needs
export type RunnerAbilities = Readonly<Record<RunnerAbility, boolean>>

/** Without these a runner would run the job, but wrongly: without a report, an exclusion or an input that it was written for. */
export function neededAbilities(plan: JobPlan): RunnerAbility[] {
  return (Object.keys(needs) as RunnerAbility[]).filter((ability) => needs[ability](plan))
}

export function canRun(plan: JobPlan, abilities: RunnerAbilities): boolean {
  return neededAbilities(plan).every((ability) => abilities[ability])
}
