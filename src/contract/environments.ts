/** Environments (GitLab Environments API). */
import { z } from 'zod'
import { autoStopSettings, environmentStates, tiers } from '../domain/environment.ts'
import { deployment } from './deployments.ts'
import { operation } from './operation.ts'
import { basicProject } from './project-entities.ts'
import { bool, dateTime, id, idOrPath, int, oneOf, paging, text, timestamp } from './values.ts'

/** GitLab's EnvironmentBasic. */
export const environmentBasic = z.object({
  id: z.number(),
  name: z.string(),
  slug: z.string(),
  external_url: z.string().nullable(),
  created_at: timestamp(),
  updated_at: timestamp(),
})
export type EnvironmentBasic = z.output<typeof environmentBasic>

/** GitLab's Environment without its project. */
export const environmentAlone = environmentBasic.extend({
  tier: z.enum(tiers),
  state: z.enum(environmentStates),
  auto_stop_at: timestamp().nullable(),
  auto_stop_setting: z.enum(autoStopSettings),
  description: z.string().nullable(),
})
export type EnvironmentAlone = z.output<typeof environmentAlone>

export const environment = environmentAlone.extend({ project: basicProject })

/** Of a single one: with the last successful deployment, which then does not repeat the environment. */
export const environmentWithDeployment = environmentAlone.extend({
  last_deployment: deployment.omit({ environment: true }).nullable(),
})

const reviewApps = z.object({
  scheduled_entries: z.array(environmentBasic),
  unprocessable_entries: z.array(environmentBasic),
})

const tag = 'Environments'
const path = '/projects/:id/environments'
const one = { id: idOrPath(), environment_id: id() }

const attributes = {
  external_url: text().nullish(),
  tier: oneOf(tiers).optional(),
  description: text().nullish(),
  auto_stop_setting: oneOf(autoStopSettings).optional(),
  /** This server has no cluster agents, so none can be given, nor what needs one. */
  cluster_agent_id: int().nullish(),
  kubernetes_namespace: text().nullish(),
  flux_resource_path: text().nullish(),
  slug: z
    .unknown()
    .refine((value) => value === undefined, 'is automatically generated and cannot be changed')
    .optional(),
}

export const listEnvironments = operation({
  id: 'listEnvironments',
  method: 'GET',
  path,
  tag,
  summary: 'List the environments of a project',
  params: {
    id: idOrPath(),
    name: text().optional(),
    search: text().optional(),
    states: oneOf(environmentStates).optional(),
    ...paging,
  },
  response: z.array(environment),
  jobToken: true,
})

export const getEnvironment = operation({
  id: 'getEnvironment',
  method: 'GET',
  path: `${path}/:environment_id`,
  tag,
  summary: 'One environment with its last successful deployment',
  params: one,
  response: environmentWithDeployment,
  jobToken: true,
})

export const createEnvironment = operation({
  id: 'createEnvironment',
  method: 'POST',
  path,
  tag,
  summary: 'Create an environment',
  params: { id: idOrPath(), name: text(), ...attributes },
  response: environment,
  jobToken: true,
})

export const updateEnvironment = operation({
  id: 'updateEnvironment',
  method: 'PUT',
  path: `${path}/:environment_id`,
  tag,
  summary: 'Change an environment; its name and slug stay',
  params: { ...one, ...attributes },
  response: environment,
  jobToken: true,
})

export const deleteEnvironment = operation({
  id: 'deleteEnvironment',
  method: 'DELETE',
  path: `${path}/:environment_id`,
  tag,
  summary: 'Delete a stopped environment',
  params: one,
  jobToken: true,
})

export const stopEnvironment = operation({
  id: 'stopEnvironment',
  method: 'POST',
  path: `${path}/:environment_id/stop`,
  tag,
  summary: 'Stop an environment, starting its stop jobs unless forced',
  params: { ...one, force: bool().default(false) },
  response: environment,
  status: 200,
  jobToken: true,
})

export const stopStaleEnvironments = operation({
  id: 'stopStaleEnvironments',
  method: 'POST',
  path: `${path}/stop_stale`,
  tag,
  summary: 'Stop unprotected environments that were not used since a date',
  params: { id: idOrPath(), before: dateTime() },
  response: z.object({ message: z.string() }),
  status: 200,
  jobToken: true,
})

export const deleteReviewApps = operation({
  id: 'deleteReviewApps',
  method: 'DELETE',
  path: `${path}/review_apps`,
  tag,
  summary: 'Have stopped review apps deleted in a week, or only list them (dry run, the default)',
  params: {
    id: idOrPath(),
    before: dateTime().optional(),
    limit: int().pipe(z.int().min(1).max(1000)).default(100),
    dry_run: bool().default(true),
  },
  response: reviewApps,
  status: 200,
  jobToken: true,
})
