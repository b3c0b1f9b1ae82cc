/** Shapes that several resources answer with (GitLab API entities). */
import { z } from 'zod'
import { timestamp } from './values.ts'

/** GitLab's UserBasic. */
export const userBasic = z.object({
  id: z.number(),
  username: z.string(),
  name: z.string(),
  state: z.string(),
  locked: z.boolean(),
  avatar_url: z.string().nullable(),
  web_url: z.string(),
})
export type UserBasic = z.output<typeof userBasic>

/** GitLab's Commit, as jobs and repositories embed it. */
export const commit = z.object({
  id: z.string(),
  short_id: z.string(),
  title: z.string(),
  message: z.string(),
  author_name: z.string(),
  author_email: z.string(),
  authored_date: z.string(),
  committer_name: z.string(),
  committer_email: z.string(),
  committed_date: z.string(),
  created_at: z.string(),
  parent_ids: z.array(z.string()),
  trailers: z.record(z.string(), z.string()),
  extended_trailers: z.record(z.string(), z.array(z.string())),
  web_url: z.string(),
})
export type Commit = z.output<typeof commit>

export const namespaceBasic = z.object({
  id: z.number(),
  name: z.string(),
  path: z.string(),
  kind: z.enum(['group', 'user']),
  full_path: z.string(),
  parent_id: z.number().nullable(),
  avatar_url: z.string().nullable(),
  web_url: z.string(),
})

export { timestamp }
