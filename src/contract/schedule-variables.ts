/** Variables of pipeline schedules (GitLab Pipeline schedules API). */
import { z } from 'zod'
import { variableTypes } from '../domain/ci-variable.ts'
import { operation } from './operation.ts'
import { id, idOrPath, oneOf, text } from './values.ts'

export const scheduleVariable = z.object({
  key: z.string(),
  variable_type: z.enum(variableTypes),
  value: z.string(),
  /** References to other variables in it are replaced. */
  raw: z.literal(false),
})

const tag = 'Pipeline schedules'
const path = '/projects/:id/pipeline_schedules/:pipeline_schedule_id/variables'
const schedule = { id: idOrPath(), pipeline_schedule_id: id() }
const key = text()
const value = text({ max: 100_000 })

export const listScheduleVariables = operation({
  id: 'listScheduleVariables',
  method: 'GET',
  path,
  tag,
  summary: 'All variables of a pipeline schedule, by key (for clients that ask; GitLab has them in the schedule alone)',
  params: schedule,
  response: z.array(scheduleVariable),
})

export const createScheduleVariable = operation({
  id: 'createScheduleVariable',
  method: 'POST',
  path,
  tag,
  summary: 'Create a variable of a pipeline schedule',
  params: { ...schedule, key, value, variable_type: oneOf(variableTypes).default('env_var') },
  response: scheduleVariable,
})

export const getScheduleVariable = operation({
  id: 'getScheduleVariable',
  method: 'GET',
  path: `${path}/:key`,
  tag,
  summary: 'A variable of a pipeline schedule',
  params: { ...schedule, key },
  response: scheduleVariable,
})

export const updateScheduleVariable = operation({
  id: 'updateScheduleVariable',
  method: 'PUT',
  path: `${path}/:key`,
  tag,
  summary: 'Change a variable of a pipeline schedule',
  params: { ...schedule, key, value: value.optional(), variable_type: oneOf(variableTypes).optional() },
  response: scheduleVariable,
})

export const deleteScheduleVariable = operation({
  id: 'deleteScheduleVariable',
  method: 'DELETE',
  path: `${path}/:key`,
  tag,
  summary: 'Delete a variable of a pipeline schedule; answers it as it was',
  params: { ...schedule, key },
  response: scheduleVariable,
  status: 202,
})
