/** What is put on record about pipeline schedules. Values of variables and inputs never are. */
import type { AuditEntry } from '../db/audit.ts'
import type { PipelineSchedule, ScheduleInput } from '../db/pipeline-schedules.ts'

export type ScheduleEvent =
  | 'created'
  | 'updated'
  | 'taken'
  | 'deactivated'
  | 'deleted'
  | 'variable_created'
  | 'variable_updated'
  | 'variable_deleted'

export function scheduleEntry(
  what: ScheduleEvent,
  schedule: Pick<PipelineSchedule, 'id' | 'project_id' | 'description'>,
  details: {
    readonly before?: PipelineSchedule | null
    readonly after?: PipelineSchedule | null
    readonly inputs?: readonly ScheduleInput[]
    readonly variable?: string
    readonly reason?: string
  },
): AuditEntry {
  const { before, after, inputs, ...rest } = details
  return {
    event: `pipeline_schedule_${what}`,
    entity: { type: 'Project', id: schedule.project_id },
    target: { type: 'Ci::PipelineSchedule', id: schedule.id, details: schedule.description },
    details: {
      ...(before === undefined ? {} : { before: before && snapshot(before) }),
      ...(after === undefined ? {} : { after: after && snapshot(after) }),
      ...(inputs === undefined ? {} : { inputs: inputs.map((input) => input.name) }),
      ...rest,
    },
  }
}

function snapshot({ owner_id, description, ref, cron, cron_timezone, active }: PipelineSchedule) {
  return { owner_id, description, ref, cron, cron_timezone, active }
}
