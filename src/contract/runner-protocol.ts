import { z } from 'zod'
import { lenientString, optionalBoolean, optionalInteger, optionalString, optionalTagList } from './lenient.ts'

/**
 * GitLab Runner's HTTP protocol (runner 19.x): bodies, headers and codes, used by the server and by the built-in runner.
 * All paths are below `/api/v4`. Requests are read leniently: unknown fields are ignored, `info` may be missing, forms are
 * welcome. The token may come in the body or in the header `RUNNER-TOKEN` (runner calls) or `JOB-TOKEN` (job calls).
 */
export * from './job-failure-reasons.ts'
export * from './job-payload.ts'
export * from './runner-headers.ts'

export const RUNNER_TOKEN_HEADER = 'runner-token'
export const JOB_TOKEN_HEADER = 'job-token'
/** On replies to `PUT /jobs/:id`, `PATCH /jobs/:id/trace` and refused job calls: the job's status. */
export const JOB_STATUS_HEADER = 'job-status'
/** On replies to `POST /jobs/request`; the runner sends it back as `last_update`. */
export const LAST_UPDATE_HEADER = 'x-gitlab-last-update'
/** On replies to `PUT /jobs/:id` and `PATCH …/trace`: seconds between two updates. */
export const TRACE_UPDATE_INTERVAL_HEADER = 'x-gitlab-trace-update-interval'

/** What a runner can do; a job may require some of it, and some of it changes what the server does (see {@link RunnerFeature}). */
export const RUNNER_FEATURES = [
  'variables',
  'image',
  'services',
  'artifacts',
  'cache',
  'fallback_cache_keys',
  'shared',
  'upload_multiple_artifacts',
  'upload_raw_artifacts',
  'session',
  'terminal',
  'refspecs',
  'masking',
  'proxy',
  'raw_variables',
  'artifacts_exclude',
  'multi_build_steps',
  'trace_reset',
  'trace_checksum',
  'trace_size',
  'vault_secrets',
  'cancelable',
  'return_exit_code',
  'service_variables',
  'service_multiple_aliases',
  'image_executor_opts',
  'service_executor_opts',
  'cancel_gracefully',
  'native_steps_integration',
  'two_phase_job_commit',
  'job_inputs',
] as const

/** `cancel_gracefully` decides canceling or canceled, `two_phase_job_commit` pending or running after the hand-over. */
export type RunnerFeature = (typeof RUNNER_FEATURES)[number]
export type RunnerFeatures = Readonly<Record<RunnerFeature, boolean>>

/** All features; absent ones are false. */
export const runnerFeaturesSchema = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((features): RunnerFeatures => featuresOf((name) => features?.[name] === true))

/** A complete feature table from a test per name. */
export function featuresOf(has: (name: RunnerFeature) => boolean): RunnerFeatures {
  return Object.fromEntries(RUNNER_FEATURES.map((name) => [name, has(name)])) as Record<RunnerFeature, boolean>
}

const infoFields = z.object({
  name: lenientString,
  version: lenientString,
  revision: lenientString,
  platform: lenientString,
  architecture: lenientString,
  executor: lenientString,
  shell: lenientString,
  features: runnerFeaturesSchema,
})

/** What a runner says about itself with register, verify, jobs/request and every job update. */
export type RunnerInfo = z.output<typeof infoFields>

export const NO_RUNNER_INFO: RunnerInfo = {
  name: '',
  version: '',
  revision: '',
  platform: '',
  architecture: '',
  executor: '',
  shell: '',
  features: featuresOf(() => false),
}

/** Missing or malformed information is no reason to turn a runner away. */
export const runnerInfoSchema = infoFields
  .nullish()
  .transform((info): RunnerInfo => info ?? NO_RUNNER_INFO)
  .catch(NO_RUNNER_INFO)

/** `POST /runners`: registration with a registration token → 201 {@link RunnerCredentials}; 403, or 410 when it is disabled. */
export const registerRunnerSchema = z.object({
  token: optionalString,
  info: runnerInfoSchema,
  description: optionalString,
  maintenance_note: optionalString,
  tag_list: optionalTagList,
  run_untagged: optionalBoolean,
  locked: optionalBoolean,
  access_level: z
    .enum(['not_protected', 'ref_protected', ''])
    .nullish()
    .transform((level) => level || undefined),
  /** Seconds; 0 and absence: no limit. */
  maximum_timeout: optionalInteger,
  paused: optionalBoolean,
})

/** `POST /runners/verify` → 200 {@link RunnerCredentials}; 403 for an unknown token. */
export const verifyRunnerSchema = z.object({ token: optionalString, info: runnerInfoSchema, system_id: optionalString })

/** `DELETE /runners` → 204 without body; 403. */
export const deleteRunnerSchema = z.object({ token: optionalString })

/** `DELETE /runners/managers` → 204; 403. */
export const deleteRunnerManagerSchema = z.object({ token: optionalString, system_id: optionalString })

/** `POST /runners/reset_authentication_token` → 201 {@link TokenReset}; 403. */
export const resetRunnerTokenSchema = z.object({ token: optionalString })

/** `POST /jobs/request` → 201 with a job, 204 without one, 403 for an unknown token, 409 after a lost race. */
export const requestJobSchema = z.object({
  token: optionalString,
  info: runnerInfoSchema,
  /** `s_` or `r_` and 12 alphanumerics: which machine of those that share this token. */
  system_id: optionalString,
  last_update: optionalString,
})

/**
 * `PUT /jobs/:id` → 200; 202 "repeat me" and 412 "send the log again" after a final update with a checksum; 403 with
 * {@link JOB_STATUS_HEADER} once the job is over; 409 when the job is not in the state that the update expects.
 */
export const updateJobSchema = z.object({
  token: optionalString,
  info: runnerInfoSchema,
  /** running: acknowledged, or still alive. pending: keep it for me, I am preparing. */
  state: z.enum(['pending', 'running', 'success', 'failed']),
  failure_reason: optionalString,
  /** Of the shell; absent when 0 or unknown. */
  exit_code: optionalInteger,
  /** Deprecated spelling of output.checksum. */
  checksum: optionalString,
  output: z
    .object({ checksum: optionalString, bytesize: optionalInteger })
    .nullish()
    .transform((output) => output ?? undefined),
})

/** Query of `POST /jobs/:id/artifacts`. */
export const uploadArtifactsQuerySchema = z.object({
  artifact_type: lenientString.transform((type) => type || 'archive'),
  artifact_format: z
    .enum(['zip', 'gzip', 'raw', ''])
    .nullish()
    .transform((format) => format || 'zip'),
  expire_in: optionalString,
})

/** Body of 201 of registration and 200 of verification. `id` 0 makes real runners crash. */
export interface RunnerCredentials {
  readonly id: number
  readonly token: string
  /** RFC 3339; null: never. A runner rotates an expiring token by itself. */
  readonly token_expires_at: string | null
}

export interface TokenReset {
  readonly token: string
  readonly token_expires_at: string | null
}

export type RegisterRunner = z.output<typeof registerRunnerSchema>
export type RequestJob = z.output<typeof requestJobSchema>
export type UpdateJob = z.output<typeof updateJobSchema>
export type UploadArtifactsQuery = z.output<typeof uploadArtifactsQuerySchema>
