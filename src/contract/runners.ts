/** The server side of GitLab Runner's protocol, and the calls with which people make runners (GitLab Runners API, Jobs API). */
import { z } from 'zod'
import { operation } from './operation.ts'
import {
  deleteRunnerManagerSchema,
  deleteRunnerSchema,
  registerRunnerSchema,
  requestJobSchema,
  resetRunnerTokenSchema,
  updateJobSchema,
  uploadArtifactsQuerySchema,
  verifyRunnerSchema,
} from './runner-protocol.ts'
import { bool, id, int, list, oneOf, text } from './values.ts'

const credentials = z.object({ id: z.number(), token: z.string(), token_expires_at: z.string().nullable() })
const tag = 'Runners'

export const createUserRunner = operation({
  id: 'createUserRunner',
  method: 'POST',
  path: '/user/runners',
  tag,
  summary: 'Create a runner; its token is shown once',
  params: {
    runner_type: oneOf(['instance_type', 'group_type', 'project_type']),
    group_id: id().optional(),
    project_id: id().optional(),
    description: text({ max: 1024 }).optional(),
    maintenance_note: text({ max: 1024 }).optional(),
    paused: bool().default(false),
    locked: bool().default(false),
    run_untagged: bool().default(true),
    tag_list: list(text({ max: 255 })).default([]),
    access_level: oneOf(['not_protected', 'ref_protected']).default('not_protected'),
    maximum_timeout: int().optional(),
  },
  response: credentials,
  scopes: ['api', 'create_runner'],
})

export const registerRunner = operation({
  id: 'registerRunner',
  method: 'POST',
  path: '/runners',
  tag,
  summary: 'Register a runner with a registration token',
  params: registerRunnerSchema.shape,
  response: credentials,
  auth: 'runner',
})

export const verifyRunner = operation({
  id: 'verifyRunner',
  method: 'POST',
  path: '/runners/verify',
  tag,
  summary: 'Check a runner authentication token',
  params: verifyRunnerSchema.shape,
  response: credentials,
  status: 200,
  auth: 'runner',
})

export const deleteRunnerByToken = operation({
  id: 'deleteRunnerByToken',
  method: 'DELETE',
  path: '/runners',
  tag,
  summary: 'Delete a runner by its authentication token',
  params: deleteRunnerSchema.shape,
  auth: 'runner',
})

export const deleteRunnerManager = operation({
  id: 'deleteRunnerManager',
  method: 'DELETE',
  path: '/runners/managers',
  tag,
  summary: 'Forget one machine of a runner',
  params: deleteRunnerManagerSchema.shape,
  auth: 'runner',
})

export const resetRunnerToken = operation({
  id: 'resetRunnerToken',
  method: 'POST',
  path: '/runners/reset_authentication_token',
  tag,
  summary: 'Replace a runner authentication token by itself',
  params: resetRunnerTokenSchema.shape,
  response: z.object({ token: z.string(), token_expires_at: z.string().nullable() }),
  auth: 'runner',
})

export const requestJob = operation({
  id: 'requestJob',
  method: 'POST',
  path: '/jobs/request',
  tag,
  summary: 'Ask for a job; held until there is one or the time is over (204)',
  params: requestJobSchema.shape,
  response: z.unknown(),
  auth: 'runner',
})

export const updateJob = operation({
  id: 'updateJob',
  method: 'PUT',
  path: '/jobs/:id',
  tag,
  summary: 'Tell the state of a running job',
  params: { ...updateJobSchema.shape, id: id() },
  response: z.unknown(),
  auth: 'runner',
})

export const appendJobLog = operation({
  id: 'appendJobLog',
  method: 'PATCH',
  path: '/jobs/:id/trace',
  tag,
  summary: 'Append to the log of a running job',
  params: {
    id: id(),
    /** The runner writes every command and value into the log: it becomes one for those who may change jobs. */
    debug_trace: bool().default(false),
  },
  status: 202,
  auth: 'runner',
  body: 'stream',
})

export const uploadArtifacts = operation({
  id: 'uploadArtifacts',
  method: 'POST',
  path: '/jobs/:id/artifacts',
  tag,
  summary: 'Upload one artifact of a running job',
  params: { ...uploadArtifactsQuerySchema.shape, id: id() },
  response: z.unknown(),
  auth: 'runner',
  body: 'stream',
})

export const downloadArtifacts = operation({
  id: 'downloadArtifacts',
  method: 'GET',
  path: '/jobs/:id/artifacts',
  tag,
  summary: 'Download the artifacts of a job that a running job depends on',
  params: { id: id() },
  auth: 'runner',
  raw: 'application/zip',
})
