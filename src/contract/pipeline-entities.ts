/** Pipelines as GitLab's API answers them. */
import { z } from 'zod'
import { jobStatuses } from '../domain/job.ts'
import { userBasic } from './entities.ts'
import { timestamp } from './values.ts'

/** GitLab's PipelineBasic, which jobs embed. */
export const pipelineBasic = z.object({
  id: z.number(),
  iid: z.number(),
  project_id: z.number(),
  sha: z.string(),
  ref: z.string(),
  status: z.enum(jobStatuses),
  source: z.string(),
  created_at: timestamp(),
  updated_at: timestamp(),
  web_url: z.string(),
})
export type PipelineBasic = z.output<typeof pipelineBasic>

export const detailedStatus = z.object({
  icon: z.string(),
  text: z.string(),
  label: z.string(),
  group: z.string(),
  tooltip: z.string(),
  has_details: z.boolean(),
  details_path: z.string(),
  illustration: z.null(),
  favicon: z.string(),
})
export type DetailedStatus = z.output<typeof detailedStatus>

/** GitLab's PipelineBasicWithMetadata: an element of a list. */
export const pipelineInList = pipelineBasic.extend({
  name: z.string().nullable(),
  /** Extra: who started it; in GitLab only of one pipeline. */
  user: userBasic.nullable(),
  /** Extra: seconds in which at least one job ran; in GitLab only of one pipeline. */
  duration: z.number().nullable(),
})

export type PipelineInList = z.output<typeof pipelineInList>

/** GitLab's PipelineWithMetadata. */
export const pipeline = pipelineBasic.extend({
  before_sha: z.string(),
  tag: z.boolean(),
  yaml_errors: z.string().nullable(),
  user: userBasic.nullable(),
  started_at: timestamp().nullable(),
  finished_at: timestamp().nullable(),
  committed_at: timestamp().nullable(),
  /** Seconds in which at least one job ran. */
  duration: z.number().nullable(),
  queued_duration: z.number().nullable(),
  /** A percentage with two decimals, as text. */
  coverage: z.string().nullable(),
  detailed_status: detailedStatus,
  name: z.string().nullable(),
  archived: z.boolean(),
  /** Extra: why no job of this pipeline could be made, in GitLab's words. */
  failure_reason: z.string().nullable(),
})
export type PipelineEntity = z.output<typeof pipeline>
