import { z } from 'zod'
import { lenientBoolean, lenientInteger, lenientList, lenientString, optionalBoolean } from './lenient.ts'

/**
 * The body of `201 Created` of `POST /jobs/request`: one job, with everything a runner needs to run it (GitLab Runner's job
 * response). A runner reads it leniently: absent fields have zero values, unknown fields are ignored. A server fills
 * {@link JobPayload} completely.
 */

export const jobVariableSchema = z.object({
  key: z.string().min(1),
  /** Always text: numbers break real runners, so a server must not rely on the coercion. */
  value: lenientString,
  public: lenientBoolean,
  masked: lenientBoolean,
  /** The value is the content of a file; the runner exports the file's path. */
  file: lenientBoolean,
  /** Not expanded by the runner, and kept as a reference inside other values. */
  raw: lenientBoolean,
})

export const jobStepSchema = z.object({
  /** `script`, `release`, `after_script`, or another name: an extra stage `step_<name>` in list order. */
  name: z.string().min(1),
  script: lenientList(z.string()),
  /** Seconds. Runners do not read timeout, when and allow_failure; GitLab fills them. */
  timeout: lenientInteger,
  when: lenientString,
  allow_failure: lenientBoolean,
})

export const jobArtifactSchema = z.object({
  name: lenientString,
  untracked: lenientBoolean,
  paths: lenientList(z.string()),
  exclude: lenientList(z.string()),
  /** on_success, on_failure or always; '' means on_success. */
  when: lenientString,
  /** archive, dotenv, junit …; '' means archive. */
  artifact_type: lenientString,
  /** zip, gzip or raw; '' means zip. */
  artifact_format: lenientString,
  /** Text for the server such as `1 week`; '' means the server's default. */
  expire_in: lenientString,
})

export const jobCacheSchema = z.object({
  key: lenientString,
  untracked: lenientBoolean,
  /** pull-push, pull, push, or a variable; '' means pull-push. */
  policy: lenientString,
  paths: lenientList(z.string()),
  when: lenientString,
  fallback_keys: lenientList(z.string()),
})

export const jobDependencySchema = z.object({
  id: z.int(),
  name: lenientString,
  /** Sent as JOB-TOKEN to `GET /jobs/:id/artifacts`. */
  token: lenientString,
  /** null: the job has no archive; the runner skips it. */
  artifacts_file: z
    .object({ filename: lenientString, size: lenientInteger })
    .nullish()
    .transform((file) => file ?? null),
})

export const jobHookSchema = z.object({
  /** pre_get_sources_script or post_get_sources_script */
  name: z.string(),
  script: lenientList(z.string()),
})

export const jobImageSchema = z.object({
  name: lenientString,
  alias: lenientString,
  command: lenientList(z.string()),
  entrypoint: lenientList(z.string()),
  pull_policy: lenientList(z.string()),
  variables: lenientList(jobVariableSchema),
  /** Only `docker{platform,user}` and `kubernetes{user}`: real runners fail a job with any other key. */
  executor_opts: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((options) => options ?? {}),
})

/** Passed through: no runner of this project reads them. */
const jobOptionsSchema = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((options) => options ?? {})

const ZERO_FEATURES = { trace_sections: false, token_mask_prefixes: [], failure_reasons: [] }

export const jobPayloadSchema = z.object({
  id: z.int().positive(),
  token: z.string().min(1),
  allow_git_fetch: lenientBoolean,
  job_info: z.object({
    name: lenientString,
    stage: lenientString,
    project_id: lenientInteger,
    project_name: lenientString,
    project_full_path: lenientString,
    pipeline_id: lenientInteger,
    namespace_id: lenientInteger,
    root_namespace_id: lenientInteger,
    organization_id: lenientInteger,
    instance_id: lenientString,
    instance_uuid: lenientString,
    user_id: lenientInteger,
    scoped_user_id: z
      .int()
      .nullish()
      .transform((id) => id ?? null),
    time_in_queue_seconds: z
      .number()
      .nullish()
      .transform((seconds) => seconds ?? 0),
    /** Text: `+Inf`, `12` or `1+`. */
    project_jobs_running_on_instance_runners_count: lenientString,
    queue_size: lenientInteger,
    queue_depth: lenientInteger,
  }),
  git_info: z.object({
    repo_url: lenientString,
    ref: lenientString,
    /** Full commit id. */
    sha: lenientString,
    before_sha: lenientString,
    /** branch or tag */
    ref_type: lenientString,
    /** [] means a plain `git fetch origin`. */
    refspecs: lenientList(z.string()),
    /** 0: complete history. */
    depth: lenientInteger,
    /** null: unknown. */
    protected: optionalBoolean.transform((value) => value ?? null),
    /** sha1 or sha256; '' means sha1. */
    repo_object_format: lenientString,
  }),
  runner_info: z
    .object({
      /** Seconds; 0 or less means 7200. */
      timeout: lenientInteger,
      uuid: lenientString,
    })
    .nullish()
    .transform((info) => info ?? { timeout: 0, uuid: '' }),
  /** Job inputs; only for runners with the feature `job_inputs`. */
  inputs: lenientList(
    z.object({
      key: z.string(),
      value: z.object({ type: z.string(), content: z.unknown(), sensitive: lenientBoolean }),
    }),
  ),
  variables: lenientList(jobVariableSchema),
  steps: lenientList(jobStepSchema),
  image: jobImageSchema.nullish().transform((image) => image ?? null),
  services: lenientList(jobImageSchema),
  artifacts: lenientList(jobArtifactSchema),
  cache: lenientList(jobCacheSchema),
  credentials: lenientList(
    z.object({ type: lenientString, url: lenientString, username: lenientString, password: lenientString }),
  ),
  dependencies: lenientList(jobDependencySchema),
  features: z
    .object({
      trace_sections: lenientBoolean,
      /** Prefixes of tokens that are masked in the log whatever follows them. */
      token_mask_prefixes: lenientList(z.string()),
      /** What the server understands beyond script_failure, runner_system_failure and job_execution_timeout. */
      failure_reasons: lenientList(z.string()),
    })
    .nullish()
    .transform((features) => features ?? ZERO_FEATURES),
  hooks: lenientList(jobHookSchema),
  /** Vault and other external secrets; a runner without `vault_secrets` refuses a job that has some. */
  secrets: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((secrets) => secrets ?? {}),
  /** Text with JSON for the step runner; '' for a job with script steps. */
  run: lenientString,
  policy_options: jobOptionsSchema,
  suspend_options: jobOptionsSchema,
})

/** One job with every field present: what a runner holds after parsing, and a complete answer of a server. */
export type JobPayload = z.output<typeof jobPayloadSchema>
/** One job on the wire: what a server may send, with the fields that have a zero value left out. */
export type JobPayloadInput = z.input<typeof jobPayloadSchema>
export type JobVariable = z.output<typeof jobVariableSchema>
export type JobStep = z.output<typeof jobStepSchema>
export type JobArtifact = z.output<typeof jobArtifactSchema>
export type JobCache = z.output<typeof jobCacheSchema>
export type JobDependency = z.output<typeof jobDependencySchema>
