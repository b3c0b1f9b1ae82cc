/** Jobs as GitLab's Jobs API answers them. */
import { z } from 'zod'
import { jobStatuses } from '../domain/job.ts'
import { commit, userBasic } from './entities.ts'
import { operation } from './operation.ts'
import { user } from './people.ts'
import { pipelineBasic } from './pipeline-entities.ts'
import { bool, id, idOrPath, int, list, listOf, oneOf, paging, text, timestamp } from './values.ts'

/** GitLab's Runner: what everybody who sees a job may know of its runner. */
export const runner = z.object({
  id: z.number(),
  description: z.string().nullable(),
  ip_address: z.null(),
  active: z.boolean(),
  paused: z.boolean(),
  is_shared: z.boolean(),
  runner_type: z.enum(['instance_type', 'group_type', 'project_type']),
  name: z.string().nullable(),
  online: z.boolean().nullable(),
  created_at: timestamp(),
  /** `paused` only here; a paused runner is online all the same when it calls. */
  status: z.enum(['online', 'offline', 'stale', 'never_contacted', 'paused']),
  job_execution_status: z.enum(['active', 'idle']),
})
export type RunnerEntity = z.output<typeof runner>

export const runnerManager = z.object({
  id: z.number(),
  system_id: z.string(),
  version: z.string().nullable(),
  revision: z.string().nullable(),
  platform: z.string().nullable(),
  architecture: z.string().nullable(),
  created_at: timestamp(),
  contacted_at: timestamp().nullable(),
  ip_address: z.string().nullable(),
  status: z.enum(['online', 'offline', 'stale', 'never_contacted']),
  job_execution_status: z.enum(['active', 'idle']),
})
export type RunnerManagerEntity = z.output<typeof runnerManager>

export const jobArtifact = z.object({
  file_type: z.string(),
  size: z.number(),
  filename: z.string(),
  file_format: z.string().nullable(),
})

/** GitLab's JobBasic. */
export const jobBasic = z.object({
  id: z.number(),
  status: z.enum(jobStatuses),
  stage: z.string(),
  name: z.string(),
  ref: z.string(),
  tag: z.boolean(),
  coverage: z.number().nullable(),
  allow_failure: z.boolean(),
  created_at: timestamp(),
  started_at: timestamp().nullable(),
  finished_at: timestamp().nullable(),
  erased_at: timestamp().nullable(),
  /** Seconds. */
  duration: z.number().nullable(),
  queued_duration: z.number().nullable(),
  user: user.nullable(),
  commit: commit.nullable(),
  pipeline: pipelineBasic,
  /** Only of failed jobs. */
  failure_reason: z.string().optional(),
  /** Extra: what the reason leaves open, in sentences; only of failed jobs for which there is more to say. */
  failure_message: z.string().optional(),
  web_url: z.string(),
  project: z.object({ ci_job_token_scope_enabled: z.boolean() }),
  source: z.string(),
})

export const job = jobBasic.extend({
  artifacts_file: z.object({ filename: z.string(), size: z.number() }).optional(),
  artifacts: z.array(jobArtifact),
  runner: runner.nullable(),
  runner_manager: runnerManager.nullable(),
  artifacts_expire_at: timestamp().nullable(),
  archived: z.boolean(),
  tag_list: z.array(z.string()),
  /** Extra: a pending job that no runner will take as things are, and why, in a sentence. */
  stuck: z.boolean(),
  stuck_reason: z.string().nullable(),
  /** Extra: where the job deploys to; null for a job without an environment. */
  environment: z.object({ id: z.number(), name: z.string(), slug: z.string(), action: z.string() }).nullable(),
  /** Extra: a newer attempt replaced this job. */
  retried: z.boolean(),
  /** Extra: who erased the job. */
  erased_by: userBasic.nullable(),
})
export type JobEntity = z.output<typeof job>

/** GitLab's Bridge: a job that starts another pipeline. */
export const bridge = jobBasic.extend({ downstream_pipeline: pipelineBasic.nullable() })
export type BridgeEntity = z.output<typeof bridge>

const tag = 'Jobs'
const one = { id: idOrPath(), job_id: id() }

/** Values for inputs that a job declares, by name: text, numbers, booleans and lists. NUL never reaches the database. */
const jobInputs = z
  .record(text({ max: 255 }), z.unknown())
  .refine((inputs) => !JSON.stringify(inputs).includes('\\u0000'), 'contains a null byte')
  .default({})

/** Statuses of jobs, one or several. */
export const jobScopes = () =>
  list(text()).refine(
    (words) => words.every((word) => (jobStatuses as readonly string[]).includes(word)),
    'does not have a valid value',
  )

export const listProjectJobs = operation({
  id: 'listProjectJobs',
  method: 'GET',
  path: '/projects/:id/jobs',
  tag,
  summary: 'The jobs of a project, newest first, without totals; with pagination=keyset by a cursor',
  params: {
    id: idOrPath(),
    scope: jobScopes().optional(),
    pagination: oneOf(['offset', 'keyset']).default('offset'),
    order_by: oneOf(['id']).default('id'),
    sort: oneOf(['asc', 'desc']).default('desc'),
    cursor: text({ max: 1024 }).optional(),
    ...paging,
  },
  response: z.array(job),
  jobToken: true,
})

export const getJob = operation({
  id: 'getJob',
  method: 'GET',
  path: '/projects/:id/jobs/:job_id',
  tag,
  summary: 'A job',
  params: one,
  response: job,
  auth: 'optional',
})

export const getJobLog = operation({
  id: 'getJobLog',
  method: 'GET',
  path: '/projects/:id/jobs/:job_id/trace',
  tag,
  summary:
    'The log of a job, as far as it is written. A Range of bytes or `offset` answers a part; `x-log-size` and `job-status` tell how far it is',
  params: { ...one, offset: int().pipe(z.int().min(0)).optional() },
  auth: 'optional',
  raw: 'text/plain',
})

export const getCurrentJob = operation({
  id: 'getCurrentJob',
  method: 'GET',
  path: '/job',
  tag,
  summary: 'The job whose token this is',
  response: job,
  jobToken: true,
})

export const playJob = operation({
  id: 'playJob',
  method: 'POST',
  path: '/projects/:id/jobs/:job_id/play',
  tag,
  summary: 'Start a manual or delayed job; a manual job that has run before starts again as a new one',
  params: {
    ...one,
    job_variables_attributes: listOf(z.object({ key: text(), value: text({ max: 100_000 }) })).default([]),
    job_inputs: jobInputs,
  },
  response: job,
  status: 200,
})

export const retryJob = operation({
  id: 'retryJob',
  method: 'POST',
  path: '/projects/:id/jobs/:job_id/retry',
  tag,
  summary: 'Run a finished job again as a new job; a deployment needs new approvals',
  params: { ...one, job_inputs: jobInputs },
  response: job,
})

export const cancelJob = operation({
  id: 'cancelJob',
  method: 'POST',
  path: '/projects/:id/jobs/:job_id/cancel',
  tag,
  summary: 'Cancel a job; force does not wait for its runner (maintainers)',
  params: { ...one, force: bool().default(false) },
  response: job,
})

export const eraseJob = operation({
  id: 'eraseJob',
  method: 'POST',
  path: '/projects/:id/jobs/:job_id/erase',
  tag,
  summary: 'Remove the log and the artifacts of a job that is over',
  params: one,
  response: job,
})
