/** Pipeline schedules (GitLab Pipeline schedules API). */
import { z } from 'zod'
import { jobStatuses } from '../domain/job.ts'
import { userBasic } from './entities.ts'
import { operation } from './operation.ts'
import { pipelineBasic } from './pipeline-entities.ts'
import { scheduleVariable } from './schedule-variables.ts'
import { bool, dateTime, id, idOrPath, listOf, oneOf, paging, text, timestamp } from './values.ts'

export const pipelineSchedule = z.object({
  id: z.number(),
  description: z.string(),
  /** Full name: refs/heads/main. */
  ref: z.string(),
  /** Five fields. */
  cron: z.string(),
  cron_timezone: z.string(),
  next_run_at: timestamp(),
  active: z.boolean(),
  created_at: timestamp(),
  updated_at: timestamp(),
  /** Whose rights its pipelines have; null: the user was removed. */
  owner: userBasic.nullable(),
  /** Extra: why its time made no pipeline, or why it is inactive; null when all is well. */
  last_error: z.string().nullable(),
})

export const pipelineScheduleDetails = pipelineSchedule.extend({
  last_pipeline: pipelineBasic.nullable(),
  /** Only for those who may administer the schedule. */
  variables: z.array(scheduleVariable).optional(),
  /** Only for those who may administer the schedule. */
  inputs: z.array(z.object({ name: z.string(), value: z.unknown() })).optional(),
})
export type PipelineScheduleDetails = z.output<typeof pipelineScheduleDetails>

const tag = 'Pipeline schedules'
const path = '/projects/:id/pipeline_schedules'
const one = { id: idOrPath(), pipeline_schedule_id: id() }

const inputName = text({ max: 255 })
const inputValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.unknown())])

export const listPipelineSchedules = operation({
  id: 'listPipelineSchedules',
  method: 'GET',
  path,
  tag,
  summary: 'List the pipeline schedules of a project, oldest first',
  params: { id: idOrPath(), scope: oneOf(['active', 'inactive']).optional(), ...paging },
  response: z.array(pipelineSchedule),
})

export const getPipelineSchedule = operation({
  id: 'getPipelineSchedule',
  method: 'GET',
  path: `${path}/:pipeline_schedule_id`,
  tag,
  summary: 'One pipeline schedule',
  params: one,
  response: pipelineScheduleDetails,
})

export const listSchedulePipelines = operation({
  id: 'listSchedulePipelines',
  method: 'GET',
  path: `${path}/:pipeline_schedule_id/pipelines`,
  tag,
  summary: 'List the pipelines that a schedule made, oldest first',
  params: {
    ...one,
    scope: oneOf(['running', 'pending', 'finished', 'branches', 'tags']).optional(),
    status: oneOf(jobStatuses).optional(),
    updated_after: dateTime().optional(),
    updated_before: dateTime().optional(),
    created_after: dateTime().optional(),
    created_before: dateTime().optional(),
    sort: oneOf(['asc', 'desc']).default('asc'),
    ...paging,
  },
  response: z.array(pipelineBasic),
})

export const createPipelineSchedule = operation({
  id: 'createPipelineSchedule',
  method: 'POST',
  path,
  tag,
  summary: 'Create a pipeline schedule; its pipelines have the rights of its creator',
  params: {
    id: idOrPath(),
    description: text({ max: 1024 }),
    ref: text({ max: 1024 }).refine((value) => value.trim() !== '', 'is empty'),
    cron: text({ max: 255 }),
    cron_timezone: text({ max: 255 }).default('UTC'),
    active: bool().default(true),
    inputs: listOf(z.object({ name: inputName, value: inputValue })).default([]),
  },
  response: pipelineScheduleDetails,
})

export const updatePipelineSchedule = operation({
  id: 'updatePipelineSchedule',
  method: 'PUT',
  path: `${path}/:pipeline_schedule_id`,
  tag,
  summary: 'Change a pipeline schedule; only for its owner and administrators',
  params: {
    ...one,
    description: text({ max: 1024 }).optional(),
    ref: text({ max: 1024 }).optional(),
    cron: text({ max: 255 }).optional(),
    cron_timezone: text({ max: 255 }).optional(),
    active: bool().optional(),
    /** `destroy` takes an input away. */
    inputs: listOf(
      z.object({ name: inputName, value: inputValue.optional(), destroy: bool().default(false) }),
    ).optional(),
  },
  response: pipelineScheduleDetails,
})

export const takePipelineSchedule = operation({
  id: 'takePipelineSchedule',
  method: 'POST',
  path: `${path}/:pipeline_schedule_id/take_ownership`,
  tag,
  summary: 'Become the owner of a pipeline schedule, whose pipelines then have the rights of the caller',
  params: one,
  response: pipelineScheduleDetails,
})

export const deletePipelineSchedule = operation({
  id: 'deletePipelineSchedule',
  method: 'DELETE',
  path: `${path}/:pipeline_schedule_id`,
  tag,
  summary: 'Delete a pipeline schedule; its pipelines stay',
  params: one,
})

export const playPipelineSchedule = operation({
  id: 'playPipelineSchedule',
  method: 'POST',
  path: `${path}/:pipeline_schedule_id/play`,
  tag,
  summary: 'Run a pipeline schedule now, with the rights of the caller',
  params: one,
  response: z.object({ message: z.literal('201 Created') }),
})
