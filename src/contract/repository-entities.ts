/** What repositories answer with (GitLab API entities). */
import { z } from 'zod'
import { commit, userBasic } from './entities.ts'
import { pipelineBasic } from './pipeline-entities.ts'
import { text, timestamp } from './values.ts'

/** Text that says something. */
export const filled = (options: { max?: number } = {}) =>
  text(options).refine((value) => value.trim() !== '', 'is empty')

/** Characters of a message: a commit or tag above 1 MiB is not read again. */
export const maxMessage = 200_000

export const commitStats = z.object({ additions: z.number(), deletions: z.number(), total: z.number() })

/** GitLab's CommitWithStats: an element of a list. */
export const commitInList = commit.extend({ stats: commitStats.optional() })
export type CommitInList = z.output<typeof commitInList>

/** GitLab's CommitDetail. */
export const commitDetail = commit.extend({
  stats: commitStats.optional(),
  /** Of the newest pipeline of the commit; null without one, or for who may not see it. */
  status: z.string().nullable(),
  project_id: z.number(),
  last_pipeline: pipelineBasic.nullable(),
})
export type CommitDetail = z.output<typeof commitDetail>

export const commitStatus = z.object({
  id: z.number(),
  sha: z.string(),
  ref: z.string(),
  status: z.string(),
  name: z.string(),
  target_url: z.string(),
  description: z.string().nullable(),
  created_at: timestamp(),
  started_at: timestamp().nullable(),
  finished_at: timestamp().nullable(),
  allow_failure: z.boolean(),
  coverage: z.number().nullable(),
  pipeline_id: z.number(),
  author: userBasic.nullable(),
})
export type CommitStatus = z.output<typeof commitStatus>

export const diff = z.object({
  /** Unified diff from the first `@@` on; empty when it is too large, and when only names or modes differ. */
  diff: z.string(),
  collapsed: z.boolean(),
  too_large: z.boolean(),
  new_path: z.string(),
  old_path: z.string(),
  /** Octal; `0` on the side where the file does not exist. */
  a_mode: z.string(),
  b_mode: z.string(),
  new_file: z.boolean(),
  renamed_file: z.boolean(),
  deleted_file: z.boolean(),
  generated_file: z.boolean(),
})
export type DiffEntity = z.output<typeof diff>

export const basicRef = z.object({ type: z.enum(['branch', 'tag']), name: z.string() })

export const branch = z.object({
  name: z.string(),
  commit: commit.nullable(),
  merged: z.boolean(),
  protected: z.boolean(),
  developers_can_push: z.boolean(),
  developers_can_merge: z.boolean(),
  can_push: z.boolean(),
  default: z.boolean(),
  web_url: z.string(),
})
export type BranchEntity = z.output<typeof branch>

export const repositoryTag = z.object({
  name: z.string(),
  /** Empty for a lightweight tag. */
  message: z.string(),
  /** The id of an annotated tag itself; of a lightweight one the commit's. */
  target: z.string(),
  /** Null for a tag of something else. */
  commit: commit.nullable(),
  release: z.null(),
  protected: z.boolean(),
  /** When an annotated tag was made. */
  created_at: z.string().nullable(),
})
export type TagEntity = z.output<typeof repositoryTag>

export const treeObject = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(['tree', 'blob', 'commit']),
  path: z.string(),
  /** Six octal digits. */
  mode: z.string(),
})

export const comparison = z.object({
  /** The newest one. */
  commit: commit.nullable(),
  commits: z.array(commit),
  diffs: z.array(diff),
  /** The diffs are not all there. */
  compare_timeout: z.boolean(),
  compare_same_ref: z.boolean(),
  web_url: z.string(),
})
