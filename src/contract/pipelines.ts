/** GitLab Pipelines API. */
import { z } from 'zod'
import { jobStatuses } from '../domain/job.ts'
import { bridge, job, jobScopes } from './jobs.ts'
import { operation } from './operation.ts'
import { pipeline, pipelineInList } from './pipeline-entities.ts'
import { bool, dateTime, id, idOrPath, listOf, oneOf, paging, text } from './values.ts'

const tag = 'Pipelines'
const one = { id: idOrPath(), pipeline_id: id() }

/** Sources that GitLab knows; filters accept them all. */
const sources = [
  'push',
  'web',
  'trigger',
  'schedule',
  'api',
  'external',
  'pipeline',
  'chat',
  'webide',
  'merge_request_event',
  'external_pull_request_event',
  'parent_pipeline',
] as const

export const listPipelines = operation({
  id: 'listPipelines',
  method: 'GET',
  path: '/projects/:id/pipelines',
  tag,
  summary: 'List the pipelines of a project; child pipelines only when source asks for them',
  params: {
    id: idOrPath(),
    scope: oneOf(['running', 'pending', 'finished', 'branches', 'tags']).optional(),
    status: oneOf(jobStatuses).optional(),
    source: oneOf(sources).optional(),
    ref: text().optional(),
    sha: text().optional(),
    yaml_errors: bool().optional(),
    username: text().optional(),
    updated_after: dateTime().optional(),
    updated_before: dateTime().optional(),
    created_after: dateTime().optional(),
    created_before: dateTime().optional(),
    name: text().optional(),
    order_by: oneOf(['id', 'status', 'ref', 'updated_at', 'user_id']).default('id'),
    sort: oneOf(['asc', 'desc']).default('desc'),
    ...paging,
  },
  response: z.array(pipelineInList),
  auth: 'optional',
})

export const getLatestPipeline = operation({
  id: 'getLatestPipeline',
  method: 'GET',
  path: '/projects/:id/pipelines/latest',
  tag,
  summary: 'The newest pipeline of the commit that a branch (by default the default branch) is at',
  params: { id: idOrPath(), ref: text().optional() },
  response: pipeline,
  auth: 'optional',
})

export const getPipeline = operation({
  id: 'getPipeline',
  method: 'GET',
  path: '/projects/:id/pipelines/:pipeline_id',
  tag,
  summary: 'A pipeline',
  params: one,
  response: pipeline,
  auth: 'optional',
})

export const createPipeline = operation({
  id: 'createPipeline',
  method: 'POST',
  path: '/projects/:id/pipeline',
  tag,
  summary: 'Run a pipeline for a branch or tag; a branch is meant where both have the name',
  params: {
    id: idOrPath(),
    ref: text({ max: 1024 }),
    variables: listOf(
      z.object({
        key: text(),
        value: text({ max: 100_000 }),
        variable_type: oneOf(['env_var', 'file']).default('env_var'),
      }),
    ).default([]),
    inputs: z.record(z.string(), z.unknown()).default({}),
  },
  response: pipeline,
})

export const listPipelineJobs = operation({
  id: 'listPipelineJobs',
  method: 'GET',
  path: '/projects/:id/pipelines/:pipeline_id/jobs',
  tag,
  summary: 'The jobs of a pipeline, without trigger jobs',
  params: { ...one, scope: jobScopes().optional(), include_retried: bool().default(false), ...paging },
  response: z.array(job),
  auth: 'optional',
  jobToken: true,
})

export const listPipelineBridges = operation({
  id: 'listPipelineBridges',
  method: 'GET',
  path: '/projects/:id/pipelines/:pipeline_id/bridges',
  tag,
  summary: 'The trigger jobs of a pipeline',
  params: { ...one, scope: jobScopes().optional(), ...paging },
  response: z.array(bridge),
  auth: 'optional',
})

export const listPipelineNeeds = operation({
  id: 'listPipelineNeeds',
  method: 'GET',
  path: '/projects/:id/pipelines/:pipeline_id/needs',
  tag,
  summary: 'Extra: what each job of a pipeline waits for: jobs by name, or (null) the stages before its own',
  params: one,
  response: z.array(z.object({ job_id: z.number(), name: z.string(), needs: z.array(z.string()).nullable() })),
  auth: 'optional',
})

export const listPipelineVariables = operation({
  id: 'listPipelineVariables',
  method: 'GET',
  path: '/projects/:id/pipelines/:pipeline_id/variables',
  tag,
  summary: 'The variables that a pipeline was started with',
  params: one,
  response: z.array(
    z.object({ key: z.string(), value: z.string(), variable_type: z.enum(['env_var', 'file']), raw: z.boolean() }),
  ),
})

export const getPipelineTestReport = operation({
  id: 'getPipelineTestReport',
  method: 'GET',
  path: '/projects/:id/pipelines/:pipeline_id/test_report',
  tag,
  summary: 'Always empty: test reports are stored as artifacts, not read',
  params: one,
  response: z.object({
    total_time: z.number(),
    total_count: z.number(),
    success_count: z.number(),
    failed_count: z.number(),
    skipped_count: z.number(),
    error_count: z.number(),
    test_suites: z.array(z.unknown()),
  }),
  auth: 'optional',
})

export const getPipelineTestReportSummary = operation({
  id: 'getPipelineTestReportSummary',
  method: 'GET',
  path: '/projects/:id/pipelines/:pipeline_id/test_report_summary',
  tag,
  summary: 'Always empty: test reports are stored as artifacts, not read',
  params: one,
  response: z.object({
    total: z.object({
      time: z.number(),
      count: z.number(),
      success: z.number(),
      failed: z.number(),
      skipped: z.number(),
      error: z.number(),
      suite_error: z.null(),
    }),
    test_suites: z.array(z.unknown()),
  }),
  auth: 'optional',
})

export const updatePipelineMetadata = operation({
  id: 'updatePipelineMetadata',
  method: 'PUT',
  path: '/projects/:id/pipelines/:pipeline_id/metadata',
  tag,
  summary: 'Name a pipeline',
  params: { ...one, name: text() },
  response: pipeline,
})

export const retryPipeline = operation({
  id: 'retryPipeline',
  method: 'POST',
  path: '/projects/:id/pipelines/:pipeline_id/retry',
  tag,
  summary: 'Run the failed and canceled jobs of a pipeline again, as far as the caller may',
  params: one,
  response: pipeline,
})

export const cancelPipeline = operation({
  id: 'cancelPipeline',
  method: 'POST',
  path: '/projects/:id/pipelines/:pipeline_id/cancel',
  tag,
  summary: 'Cancel the jobs of a pipeline, as far as the caller may',
  params: one,
  response: pipeline,
  status: 200,
})

export const deletePipeline = operation({
  id: 'deletePipeline',
  method: 'DELETE',
  path: '/projects/:id/pipelines/:pipeline_id',
  tag,
  summary: 'Delete a pipeline with its jobs, logs and artifacts; its deployments stay as history',
  params: one,
})
