/** A job order in the words of the runner protocol (reference gitlab-ci-and-runner.md D3.2). */
import type { JobOrder } from '../../app/job-order.ts'
import { RUNNER_FAILURE_REASONS } from '../../contract/job-failure-reasons.ts'
import type { JobPayloadInput } from '../../contract/job-payload.ts'
import type { ArtifactPlan, CachePlan, ImagePlan, JobPlan } from '../../domain/plan.ts'
import { releaseScript } from './release-step.ts'

export function presentJobPayload(order: JobOrder): JobPayloadInput {
  const { job, token, variables, git, timeout, dependencies, besides } = order
  const { plan, pipeline, project } = job
  return {
    id: job.id,
    token,
    allow_git_fetch: true,
    job_info: {
      name: job.name,
      stage: job.stage,
      project_id: project.id,
      project_name: project.name,
      project_full_path: project.fullPath,
      pipeline_id: pipeline.id,
      namespace_id: project.namespaceId,
      root_namespace_id: project.rootNamespaceId,
      user_id: job.user?.id ?? 0,
      time_in_queue_seconds: job.queuedSeconds,
      project_jobs_running_on_instance_runners_count: besides,
    },
    git_info: {
      repo_url: git.url,
      ref: pipeline.ref,
      sha: pipeline.sha,
      before_sha: pipeline.beforeSha,
      ref_type: pipeline.tag ? 'tag' : 'branch',
      refspecs: [...git.refspecs],
      depth: git.depth,
      protected: pipeline.protected,
      repo_object_format: 'sha1',
    },
    runner_info: { timeout, uuid: '' },
    inputs: (plan.inputs ?? []).map(({ name, type, default: fallback, value }) => ({
      key: name,
      value: { type, content: value === undefined ? fallback : value, sensitive: false },
    })),
    variables: variables.map((variable) => ({ ...variable })),
    steps: steps(plan, timeout),
    image: plan.image === null ? null : image(plan.image),
    services: plan.services.map(image),
    artifacts: plan.artifacts.map(artifact),
    cache: plan.cache.flatMap((entry) => cache(entry, { index: project.cacheIndex, refProtected: pipeline.protected })),
    credentials: [],
    dependencies: dependencies.map(({ id, name, file }) => ({ id, name, token, artifacts_file: file })),
    features: {
      trace_sections: true,
      token_mask_prefixes: ['glpat-', 'glcbt-', 'glrt-', 'glptt-'],
      failure_reasons: [...RUNNER_FAILURE_REASONS],
    },
    hooks:
      plan.preGetSourcesScript.length > 0
        ? [{ name: 'pre_get_sources_script', script: [...plan.preGetSourcesScript] }]
        : [],
    secrets: plan.secrets,
  }
}

function steps(plan: JobPlan, timeout: number) {
  const step = (name: string, script: readonly string[], when: string, allowFailure: boolean) => ({
    name,
    script: [...script],
    timeout,
    when,
    allow_failure: allowFailure,
  })
  return [
    step('script', plan.script, 'on_success', false),
    ...(plan.release === null ? [] : [step('release', releaseScript(plan.release), 'on_success', false)]),
    ...(plan.afterScript.length > 0 ? [step('after_script', plan.afterScript, 'always', true)] : []),
  ]
}

function image(plan: ImagePlan) {
  return {
    name: plan.name,
    alias: plan.alias ?? '',
    command: [...(plan.command ?? [])],
    entrypoint: [...(plan.entrypoint ?? [])],
    pull_policy: [...plan.pullPolicy],
    variables: plan.variables.map((variable) => ({ ...variable })),
    executor_opts: { ...plan.executorOptions },
  }
}

function artifact(plan: ArtifactPlan) {
  return {
    name: plan.name ?? '',
    untracked: plan.untracked,
    paths: [...plan.paths],
    exclude: [...plan.exclude],
    when: plan.when,
    artifact_type: plan.type,
    artifact_format: plan.format,
    expire_in: plan.expireIn ?? '',
  }
}

/**
 * GitLab keeps caches of protected and other refs apart by a suffix of the key (reference E1).
 * @param of.index counts how often the project's caches were cleared; null: never
 */
function cache(plan: CachePlan, of: { readonly index: number | null; readonly refProtected: boolean }) {
  if (plan.paths.length === 0 && !plan.untracked) return []
  const cleared = of.index === null ? '' : `-${of.index}`
  const suffix = plan.unprotect || !of.refProtected ? '-non_protected' : '-protected'
  const keyed = (key: string) => `${key}${cleared}${suffix}`
  return [
    {
      key: keyed(plan.key ?? 'default'),
      untracked: plan.untracked,
      policy: plan.policy,
      paths: [...plan.paths],
      when: plan.when,
      fallback_keys: plan.fallbackKeys.map(keyed),
    },
  ]
}
