/** Pipeline schedules as the API shows them (GitLab entities PipelineSchedule and PipelineScheduleDetails). */
import type { App } from '../../app/context.ts'
import type { PipelineScheduleDetails } from '../../contract/pipeline-schedules.ts'
import { lastPipelineOf } from '../../db/pipeline-rows.ts'
import {
  type ScheduleRow,
  type ScheduleVariable,
  scheduleInputs,
  scheduleVariables,
} from '../../db/pipeline-schedules.ts'
import { presentPipelineBasic } from './pipeline.ts'
import { presentUserBasic } from './user.ts'

export function presentSchedule(app: App, row: ScheduleRow) {
  return {
    id: row.id,
    description: row.description,
    ref: row.ref,
    cron: row.cron,
    cron_timezone: row.cron_timezone,
    next_run_at: row.next_run_at.toISOString(),
    active: row.active,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    owner: row.owner && presentUserBasic(app, row.owner),
    last_error: row.last_error,
  }
}

/** @param withContent variables and inputs are told too */
export async function presentScheduleDetails(
  app: App,
  row: ScheduleRow,
  withContent: boolean,
): Promise<PipelineScheduleDetails> {
  const last = await lastPipelineOf(app.db, row.id)
  const details = { ...presentSchedule(app, row), last_pipeline: last && presentPipelineBasic(app, last) }
  if (!withContent) return details
  const [variables, inputs] = await Promise.all([scheduleVariables(app.db, row.id), scheduleInputs(app.db, row.id)])
  return { ...details, variables: variables.map(presentScheduleVariable), inputs: [...inputs] }
}

export function presentScheduleVariable({ key, variable_type, value }: ScheduleVariable) {
  return { key, variable_type, value, raw: false as const }
}
