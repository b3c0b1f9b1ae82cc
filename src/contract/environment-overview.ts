/** Environments as their page shows them: what runs, what waits, and what this person may do. GitLab's API has no such answer. */
import { z } from 'zod'
import { environmentStates, tiers } from '../domain/environment.ts'
import { deployment, deploymentExtended } from './deployments.ts'
import { environmentAlone } from './environments.ts'
import { operation } from './operation.ts'
import { id, idOrPath, int, oneOf, paging, text } from './values.ts'

const tag = 'Environments'

const allowed = z.object({ allowed: z.boolean(), reason: z.string().nullable() })

const environmentOverview = environmentAlone.extend({
  /** What stands before the first slash of the name. */
  folder: z.string().nullable(),
  /** Null: not protected. */
  protection: z
    .object({
      /** A bare required_approval_count has no name. */
      rules: z.array(z.object({ name: z.string().nullable(), required_approvals: z.number() })),
      start: z.enum(['on_approval', 'manual']),
      you_may_deploy: z.boolean(),
    })
    .nullable(),
  /** What runs there now. */
  last_deployment: deployment.nullable(),
  /** Blocked, created or running, the newest first; at most three. */
  upcoming_deployments: z.array(deploymentExtended),
  your_stop: allowed,
})
export type EnvironmentOverview = z.output<typeof environmentOverview>

export const listEnvironmentOverview = operation({
  id: 'listEnvironmentOverview',
  method: 'GET',
  path: '/projects/:id/environments/overview',
  tag,
  summary: 'Environments by tier, with what runs and what waits there',
  params: {
    id: idOrPath(),
    /** `available` has those that are just being stopped too. */
    state: oneOf(environmentStates).default('available'),
    /** Part of the name. */
    search: text({ max: 255 }).optional(),
    /** Only those in this folder; empty: only those in none. Everywhere without it. */
    folder: text({ max: 255 }).optional(),
    tier: oneOf(tiers).optional(),
    /** Only this one, in whatever state. */
    environment_id: id().optional(),
    ...paging,
  },
  response: z.array(environmentOverview),
})

export const listEnvironmentFolders = operation({
  id: 'listEnvironmentFolders',
  method: 'GET',
  path: '/projects/:id/environments/folders',
  tag,
  summary: 'Folders of environments by tier, with how many are in each',
  params: { id: idOrPath(), state: oneOf(environmentStates).default('available') },
  response: z.array(z.object({ name: z.string(), tier: z.enum(tiers), size: z.number(), blocked: z.number() })),
})
export type EnvironmentFolder = z.output<typeof listEnvironmentFolders.response>[number]

export const environmentFigures = operation({
  id: 'environmentFigures',
  method: 'GET',
  path: '/projects/:id/environments/:environment_id/figures',
  tag,
  summary: 'Deployments per day, and how long approvals took, in the days up to today (UTC)',
  params: { id: idOrPath(), environment_id: id(), days: int().pipe(z.int().min(1).max(365)).default(30) },
  response: z.object({
    days: z.array(
      z.object({
        /** YYYY-MM-DD, without gaps. */
        date: z.string(),
        success: z.number(),
        failed: z.number(),
        canceled: z.number(),
        /** Median seconds from the request to the last approval, of deployments approved that day; null without one. */
        time_to_approve: z.number().nullable(),
      }),
    ),
    /** Median seconds over all these days; null without an approval. */
    time_to_approve: z.number().nullable(),
    deployments: z.number(),
    failed: z.number(),
  }),
})
export type EnvironmentFigures = z.output<typeof environmentFigures.response>
