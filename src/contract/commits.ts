/** GitLab Commits API. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { basicRef, commitDetail, commitInList, commitStatus, diff, filled, maxMessage } from './repository-entities.ts'
import { maxContent } from './repository-files.ts'
import { bool, dateTime, id, idOrPath, listOf, oneOf, paging, text } from './values.ts'

const tag = 'Commits'
const read = { method: 'GET', tag, auth: 'optional', jobToken: true } as const
const one = { id: idOrPath(), sha: text() }

export const listCommits = operation({
  ...read,
  id: 'listCommits',
  path: '/projects/:id/repository/commits',
  summary: 'List commits, newest first; the answer has no total',
  params: {
    id: idOrPath(),
    /** A branch, tag or commit; the default branch without one. */
    ref_name: text().optional(),
    since: dateTime().optional(),
    until: dateTime().optional(),
    path: text().default(''),
    author: text({ max: 1000 }).optional(),
    all: bool().default(false),
    with_stats: bool().default(false),
    first_parent: bool().default(false),
    order: oneOf(['default', 'topo']).default('default'),
    ...paging,
  },
  response: z.array(commitInList),
})

const actionParams = z
  .object({
    action: oneOf(['create', 'update', 'move', 'delete', 'chmod']),
    file_path: text({ max: 4096 }),
    previous_path: text({ max: 4096 }).optional(),
    content: text({ max: maxContent }).optional(),
    encoding: oneOf(['text', 'base64']).default('text'),
    last_commit_id: text().optional(),
    execute_filemode: bool().optional(),
  })
  .superRefine((action, context) => {
    const needed = { update: 'content', move: 'previous_path', chmod: 'execute_filemode' } as const
    const name = action.action in needed ? needed[action.action as keyof typeof needed] : null
    if (name !== null && action[name] === undefined) context.addIssue({ code: 'custom', path: [name] })
  })

export const createCommit = operation({
  id: 'createCommit',
  method: 'POST',
  path: '/projects/:id/repository/commits',
  tag,
  summary: 'Commit changes of several files at once',
  params: {
    id: idOrPath(),
    branch: filled(),
    commit_message: text({ max: maxMessage }),
    actions: listOf(actionParams),
    start_branch: text().optional(),
    start_sha: text().optional(),
    /** Only this project: there are no forks. */
    start_project: idOrPath().optional(),
    author_email: text({ max: 1000 }).optional(),
    author_name: text({ max: 1000 }).optional(),
    stats: bool().default(true),
    /** Lets `start_branch` or `start_sha` replace a branch that exists. */
    force: bool().default(false),
  },
  response: commitDetail,
})

export const getCommit = operation({
  ...read,
  id: 'getCommit',
  path: '/projects/:id/repository/commits/:sha',
  summary: 'Get a commit by its id, or by the name of a branch or tag',
  params: { ...one, stats: bool().default(true) },
  response: commitDetail,
})

export const getCommitDiff = operation({
  ...read,
  id: 'getCommitDiff',
  path: '/projects/:id/repository/commits/:sha/diff',
  summary: 'List what a commit changed against its first parent',
  params: { ...one, unidiff: bool().default(false), ...paging },
  response: z.array(diff),
})

export const listCommitRefs = operation({
  ...read,
  id: 'listCommitRefs',
  path: '/projects/:id/repository/commits/:sha/refs',
  summary: 'List the branches and tags that have a commit',
  params: { ...one, type: oneOf(['branch', 'tag', 'all']).default('all'), ...paging },
  response: z.array(basicRef),
})

export const listCommitStatuses = operation({
  ...read,
  id: 'listCommitStatuses',
  path: '/projects/:id/repository/commits/:sha/statuses',
  summary: "List the jobs of a commit's pipelines as statuses; retried ones only with all",
  params: {
    ...one,
    ref: text().optional(),
    stage: text().optional(),
    name: text().optional(),
    pipeline_id: id().optional(),
    all: bool().default(false),
    order_by: oneOf(['id', 'pipeline_id']).default('id'),
    sort: oneOf(['asc', 'desc']).default('asc'),
    ...paging,
  },
  response: z.array(commitStatus),
})
