/** What somebody looks at before they decide about a deployment. GitLab's API has no such answers. */
import { z } from 'zod'
import { commit, userBasic } from './entities.ts'
import { operation } from './operation.ts'
import { diff } from './repository-entities.ts'
import { id, idOrPath, timestamp } from './values.ts'

const tag = 'Deployments'
const one = { id: idOrPath(), deployment_id: id() }

const changedFile = diff.extend({
  /** Lines; null when the text is too large to be compared. */
  additions: z.number().nullable(),
  deletions: z.number().nullable(),
})
export type ChangedFile = z.output<typeof changedFile>

export const deploymentChanges = operation({
  id: 'deploymentChanges',
  method: 'GET',
  path: '/projects/:id/deployments/:deployment_id/changes',
  tag,
  summary: 'What a deployment brings to its environment, compared with the last successful one before it',
  params: one,
  response: z.object({
    /** What runs there, or ran there before this one; null: it is the first. */
    previous: z
      .object({
        id: z.number(),
        iid: z.number(),
        sha: z.string(),
        ref: z.string(),
        finished_at: timestamp().nullable(),
      })
      .nullable(),
    /** Why there is nothing to compare, in a sentence; everything else is empty then. */
    problem: z.string().nullable(),
    /** Commits that come, the newest first. */
    commits: z.array(commit),
    commits_truncated: z.boolean(),
    /** Commits that run there now and go: an older or another line of history is deployed. */
    removed_commits: z.array(commit),
    files: z.array(changedFile),
    files_truncated: z.boolean(),
    /** Authors of the commits that come, those with the most commits first. */
    authors: z.array(z.object({ name: z.string(), email: z.string(), commits: z.number() })),
  }),
})
export type DeploymentChanges = z.output<typeof deploymentChanges.response>

const variableOrigins = ['configuration', 'pipeline', 'play', 'settings', 'dotenv'] as const

export const deploymentJob = operation({
  id: 'deploymentJob',
  method: 'GET',
  path: '/projects/:id/deployments/:deployment_id/job',
  tag,
  summary: 'The job of a deployment as a runner will get it; variables by name only',
  params: one,
  response: z.object({
    id: z.number(),
    name: z.string(),
    stage: z.string(),
    status: z.string(),
    script: z.array(z.string()),
    after_script: z.array(z.string()),
    image: z.string().nullable(),
    services: z.array(z.string()),
    tag_list: z.array(z.string()),
    /** Seconds. */
    timeout: z.number(),
    resource_group: z.string().nullable(),
    variables: z.array(z.object({ key: z.string(), origin: z.enum(variableOrigins), masked: z.boolean() })),
    /** Names of variables that are not in the configuration are for developers, and for whoever may decide. */
    variables_hidden: z.boolean(),
  }),
})
export type DeploymentJob = z.output<typeof deploymentJob.response>

export const deploymentTimeline = operation({
  id: 'deploymentTimeline',
  method: 'GET',
  path: '/projects/:id/deployments/:deployment_id/timeline',
  tag,
  summary: 'What happened to a deployment and its job, the oldest first',
  params: one,
  response: z.array(
    z.object({
      at: timestamp(),
      event: z.enum(['created', 'deployment', 'job', 'approved', 'rejected']),
      /** The status that a deployment or job went to. */
      to: z.string().nullable(),
      /** The job's failure reason. */
      reason: z.string().nullable(),
      /** Null: the server itself, or a runner. */
      user: userBasic.nullable(),
      comment: z.string().nullable(),
    }),
  ),
})
export type TimelineEntry = z.output<typeof deploymentTimeline.response>[number]
