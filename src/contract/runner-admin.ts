/** Runners as people see and change them (GitLab Runners API). */
import { z } from 'zod'
import { jobStatuses } from '../domain/job.ts'
import { userBasic } from './entities.ts'
import { jobBasic, runner, runnerManager } from './jobs.ts'
import { operation } from './operation.ts'
import { permission } from './permissions.ts'
import { bool, id, idOrPath, int, list, oneOf, paging, text, timestamp } from './values.ts'

const tag = 'Runners'
const types = ['instance_type', 'group_type', 'project_type'] as const
const readScopes = ['api', 'read_api', 'manage_runner']
const writeScopes = ['api', 'manage_runner']

export const runnerInList = runner.extend({
  created_by: userBasic.nullable(),
  /** In GitLab only among the details. */
  tag_list: z.array(z.string()),
  /** In GitLab only among the details. */
  run_untagged: z.boolean(),
})
export type RunnerInList = z.output<typeof runnerInList>

export const projectIdentity = z.object({
  id: z.number(),
  description: z.string().nullable(),
  name: z.string(),
  name_with_namespace: z.string(),
  path: z.string(),
  path_with_namespace: z.string(),
  created_at: timestamp(),
})

export const runnerDetails = runnerInList.extend({
  locked: z.boolean(),
  /** Seconds. */
  maximum_timeout: z.number().nullable(),
  access_level: z.enum(['not_protected', 'ref_protected']),
  version: z.string().nullable(),
  revision: z.string().nullable(),
  platform: z.string().nullable(),
  architecture: z.string().nullable(),
  contacted_at: timestamp().nullable(),
  /** Only for those who may change the runner. */
  maintenance_note: z.string().nullable(),
  /** As far as the caller has a role there. */
  projects: z.array(projectIdentity),
  groups: z.array(z.object({ id: z.number(), web_url: z.string(), name: z.string() })),
  /** What the caller may do with it, and why not. Not in GitLab. */
  permissions: z.object({ update: permission, delete: permission }),
})
export type RunnerDetails = z.output<typeof runnerDetails>

const reset = z.object({ token: z.string(), token_expires_at: timestamp().nullable() })

const filters = {
  type: oneOf(types).optional(),
  paused: bool().optional(),
  status: oneOf(['online', 'offline', 'stale', 'never_contacted', 'active', 'paused']).optional(),
  tag_list: list(text()).optional(),
  version_prefix: text()
    .refine((prefix) => /^[\d+.]+/.test(prefix))
    .optional(),
  ...paging,
}
const anyScope = oneOf([
  'active',
  'paused',
  'online',
  'offline',
  'stale',
  'never_contacted',
  'specific',
  'shared',
  ...types,
])

export const listOwnedRunners = operation({
  id: 'listOwnedRunners',
  method: 'GET',
  path: '/runners',
  tag,
  summary: 'The runners of projects and groups that the caller administrates',
  params: {
    scope: oneOf(['active', 'paused', 'online', 'offline', 'stale', 'never_contacted']).optional(),
    ...filters,
  },
  response: z.array(runnerInList),
})

export const listAllRunners = operation({
  id: 'listAllRunners',
  method: 'GET',
  path: '/runners/all',
  tag,
  summary: 'All runners (administrators)',
  params: { scope: anyScope.optional(), ...filters },
  response: z.array(runnerInList),
})

export const listProjectRunners = operation({
  id: 'listProjectRunners',
  method: 'GET',
  path: '/projects/:id/runners',
  tag,
  summary: 'The runners that may take jobs of a project',
  params: { id: idOrPath(), scope: anyScope.optional(), ...filters },
  response: z.array(runnerInList),
})

export const listGroupRunners = operation({
  id: 'listGroupRunners',
  method: 'GET',
  path: '/groups/:id/runners',
  tag,
  summary: 'The runners of a group and of the groups above it, and those of the instance',
  params: { id: idOrPath(), ...filters },
  response: z.array(runnerInList),
})

export const getRunner = operation({
  id: 'getRunner',
  method: 'GET',
  path: '/runners/:id',
  tag,
  summary: 'A runner',
  params: { id: id() },
  response: runnerDetails,
  scopes: readScopes,
})

export const updateRunner = operation({
  id: 'updateRunner',
  method: 'PUT',
  path: '/runners/:id',
  tag,
  summary: 'Change a runner; a paused one gets no more jobs from that moment on',
  params: {
    id: id(),
    description: text().optional(),
    /** Deprecated: the opposite of `paused`. */
    active: bool().optional(),
    paused: bool().optional(),
    tag_list: list(text()).optional(),
    run_untagged: bool().optional(),
    locked: bool().optional(),
    access_level: oneOf(['not_protected', 'ref_protected']).optional(),
    maximum_timeout: int().nullable().optional(),
    maintenance_note: text().optional(),
  },
  response: runnerDetails,
  scopes: writeScopes,
})

export const deleteRunner = operation({
  id: 'deleteRunner',
  method: 'DELETE',
  path: '/runners/:id',
  tag,
  summary: 'Delete a runner',
  params: { id: id() },
  scopes: writeScopes,
})

export const listRunnerManagers = operation({
  id: 'listRunnerManagers',
  method: 'GET',
  path: '/runners/:id/managers',
  tag,
  summary: "The machines that use a runner's token",
  params: { id: id() },
  response: z.array(runnerManager),
  scopes: readScopes,
})

export const listRunnerJobs = operation({
  id: 'listRunnerJobs',
  method: 'GET',
  path: '/runners/:id/jobs',
  tag,
  summary: 'The jobs a runner took, of projects where the caller may read jobs',
  params: {
    id: id(),
    system_id: text().optional(),
    status: oneOf(jobStatuses).optional(),
    order_by: oneOf(['id']).default('id'),
    sort: oneOf(['asc', 'desc']).default('desc'),
    ...paging,
  },
  response: z.array(jobBasic.extend({ project: projectIdentity })),
  scopes: readScopes,
})

export const resetRunnerTokenById = operation({
  id: 'resetRunnerTokenById',
  method: 'POST',
  path: '/runners/:id/reset_authentication_token',
  tag,
  summary: 'Replace the authentication token of a runner; the new one is shown once',
  params: { id: id() },
  response: reset,
  scopes: writeScopes,
})

export const enableRunner = operation({
  id: 'enableRunner',
  method: 'POST',
  path: '/projects/:id/runners',
  tag,
  summary: 'Let a project runner serve one more project',
  params: { id: idOrPath(), runner_id: id() },
  response: runnerInList,
})

export const disableRunner = operation({
  id: 'disableRunner',
  method: 'DELETE',
  path: '/projects/:id/runners/:runner_id',
  tag,
  summary: 'A project runner no longer serves this project',
  params: { id: idOrPath(), runner_id: id() },
})

export const resetInstanceRegistrationToken = operation({
  id: 'resetInstanceRegistrationToken',
  method: 'POST',
  path: '/runners/reset_registration_token',
  tag,
  summary: "Replace the instance's registration token (administrators); the new one is shown once",
  response: reset,
})

export const resetProjectRegistrationToken = operation({
  id: 'resetProjectRegistrationToken',
  method: 'POST',
  path: '/projects/:id/runners/reset_registration_token',
  tag,
  summary: "Replace a project's registration token; the new one is shown once",
  params: { id: idOrPath() },
  response: reset,
})

export const resetGroupRegistrationToken = operation({
  id: 'resetGroupRegistrationToken',
  method: 'POST',
  path: '/groups/:id/runners/reset_registration_token',
  tag,
  summary: "Replace a group's registration token; the new one is shown once",
  params: { id: idOrPath() },
  response: reset,
})
