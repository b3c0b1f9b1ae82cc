/** The first lines of handlers about one pipeline schedule. */
import type { App } from '../app/context.ts'
import { findSchedule, type ScheduleRow } from '../db/pipeline-schedules.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { refuseScheduleAction, type ScheduleAction } from '../domain/schedule-access.ts'
import { type FoundProject, projectFor } from './find.ts'

export interface FoundSchedule extends FoundProject {
  readonly schedule: ScheduleRow
}

/** The schedule of `:pipeline_schedule_id`, if the caller may read it and do `action` to it. */
export async function scheduleFor(
  call: {
    readonly app: App
    readonly actor: Actor
    readonly input: { readonly id: string; readonly pipeline_schedule_id: number }
  },
  action: ScheduleAction | 'read',
): Promise<Result<FoundSchedule, Refusal>> {
  const found = await projectFor(call, 'read_schedules')
  if (!found.ok) return found
  const { project, standing } = found.value
  const schedule = await findSchedule(call.app.db, project.id, call.input.pipeline_schedule_id)
  if (!schedule) return err({ code: 'not_found', what: 'Pipeline Schedule' })
  const refusal = action === 'read' ? null : refuseScheduleAction(call.actor, action, standing, schedule.owner_id)
  return refusal ? err(refusal) : ok({ project, standing, schedule })
}
