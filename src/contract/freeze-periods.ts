/** Deploy freeze periods (GitLab Freeze Periods API). */
import { z } from 'zod'
import { operation } from './operation.ts'
import { id, idOrPath, paging, text, timestamp } from './values.ts'

export const freezePeriod = z.object({
  id: z.number(),
  /** Cron, five fields. */
  freeze_start: z.string(),
  freeze_end: z.string(),
  cron_timezone: z.string(),
  created_at: timestamp(),
  updated_at: timestamp(),
  /** Whether it lasts now. Not in GitLab. */
  frozen: z.boolean(),
  /** When it begins the next time, the one that lasts now not counted. Not in GitLab. */
  next_start: timestamp().nullable(),
  /** When that one ends; while it lasts, when this one does. Not in GitLab. */
  next_end: timestamp().nullable(),
})
export type FreezePeriodEntity = z.output<typeof freezePeriod>

const tag = 'Freeze periods'
const path = '/projects/:id/freeze_periods'
const one = { id: idOrPath(), freeze_period_id: id() }

export const listFreezePeriods = operation({
  id: 'listFreezePeriods',
  method: 'GET',
  path,
  tag,
  summary: 'List the freeze periods of a project, oldest first',
  params: { id: idOrPath(), ...paging },
  response: z.array(freezePeriod),
})

export const getFreezePeriod = operation({
  id: 'getFreezePeriod',
  method: 'GET',
  path: `${path}/:freeze_period_id`,
  tag,
  summary: 'One freeze period',
  params: one,
  response: freezePeriod,
})

export const createFreezePeriod = operation({
  id: 'createFreezePeriod',
  method: 'POST',
  path,
  tag,
  summary: 'Create a freeze period',
  params: { id: idOrPath(), freeze_start: text(), freeze_end: text(), cron_timezone: text().optional() },
  response: freezePeriod,
})

export const updateFreezePeriod = operation({
  id: 'updateFreezePeriod',
  method: 'PUT',
  path: `${path}/:freeze_period_id`,
  tag,
  summary: 'Change a freeze period',
  params: {
    ...one,
    freeze_start: text().optional(),
    freeze_end: text().optional(),
    cron_timezone: text().optional(),
  },
  response: freezePeriod,
})

export const deleteFreezePeriod = operation({
  id: 'deleteFreezePeriod',
  method: 'DELETE',
  path: `${path}/:freeze_period_id`,
  tag,
  summary: 'Delete a freeze period',
  params: one,
})
