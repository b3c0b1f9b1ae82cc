/** Pipeline schedules API. */
import {
  createSchedule,
  deleteSchedule,
  type InputChange,
  takeSchedule,
  updateSchedule,
} from '../../app/change-pipeline-schedule.ts'
import type { App } from '../../app/context.ts'
import { playSchedule } from '../../app/play-schedule.ts'
import type { InputOf } from '../../contract/operation.ts'
import * as contract from '../../contract/pipeline-schedules.ts'
import { listPipelines } from '../../db/pipeline-rows.ts'
import { findSchedule, schedulePage } from '../../db/pipeline-schedules.ts'
import type { Actor, Standing } from '../../domain/access.ts'
import { err, ok } from '../../domain/result.ts'
import { refuseScheduleAction } from '../../domain/schedule-access.ts'
import { implement, Raw, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { scheduleFor } from '../find-schedule.ts'
import { mapPage } from '../pagination.ts'
import { refsOf, statusesOf } from '../pipeline-scope.ts'
import { presentPipelineBasic } from '../present/pipeline.ts'
import { presentSchedule, presentScheduleDetails } from '../present/pipeline-schedule.ts'

export const pipelineScheduleRoutes: Route[] = [
  implement(contract.listPipelineSchedules, async (call) => {
    const found = await projectFor(call, 'read_schedules')
    if (!found.ok) return found
    const { scope } = call.input
    const active = scope === undefined ? undefined : scope === 'active'
    const page = await schedulePage(call.app.db, { projectId: found.value.project.id, active }, call.input)
    return ok(mapPage(page, (row) => presentSchedule(call.app, row)))
  }),

  implement(contract.getPipelineSchedule, async (call) => {
    const found = await scheduleFor(call, 'read')
    if (!found.ok) return found
    return answer(call, found.value, found.value.schedule.id)
  }),

  implement(contract.listSchedulePipelines, async (call) => {
    const { app, input } = call
    const found = await scheduleFor(call, 'read')
    if (!found.ok) return found
    const { project, schedule } = found.value
    const page = await listPipelines(
      app.db,
      {
        projectId: project.id,
        scheduleId: schedule.id,
        latestOf: await refsOf(app, project.id, input.scope),
        statuses: statusesOf(input),
        updatedAfter: input.updated_after,
        updatedBefore: input.updated_before,
        createdAfter: input.created_after,
        createdBefore: input.created_before,
        orderBy: 'id',
        sort: input.sort,
      },
      input,
    )
    return ok(mapPage(page, (row) => presentPipelineBasic(app, row)))
  }),

  implement(contract.createPipelineSchedule, async (call) => {
    const { app, input, actor } = call
    const found = await projectFor(call, 'create_schedules')
    if (!found.ok) return found
    const { description, ref, cron, cron_timezone: cronTimezone, active, inputs } = input
    const values = { description, ref, cron, cronTimezone, active, inputs }
    const made = await createSchedule(app, actor, found.value.project, values)
    return made.ok ? answer(call, found.value, made.value) : made
  }),

  implement(contract.updatePipelineSchedule, async (call) => {
    const { app, input, actor } = call
    const found = await scheduleFor(call, 'update')
    if (!found.ok) return found
    const inputs = inputChanges(input.inputs)
    if (inputs === null) return err({ code: 'invalid_parameter', sentence: 'inputs[0][value] is missing' })
    const { description, ref, cron, cron_timezone: cronTimezone, active } = input
    const place = { ...found.value, id: found.value.schedule.id }
    const changes = { description, ref, cron, cronTimezone, active, inputs }
    const changed = await updateSchedule(app, actor, place, changes)
    return changed.ok ? answer(call, found.value, place.id) : changed
  }),

  implement(contract.takePipelineSchedule, async (call) => {
    const found = await scheduleFor(call, 'administer')
    if (!found.ok) return found
    const place = { ...found.value, id: found.value.schedule.id }
    const taken = await takeSchedule(call.app, call.actor, place)
    if (!taken.ok) return taken
    const answered = await answer(call, found.value, place.id)
    if (!answered.ok || taken.value) return answered
    return ok(new Raw(200, answered.value, { 'content-type': 'application/json' }))
  }),

  implement(contract.deletePipelineSchedule, async (call) => {
    const found = await scheduleFor(call, 'administer')
    if (!found.ok) return found
    return deleteSchedule(call.app, call.actor, { ...found.value, id: found.value.schedule.id })
  }),

  implement(contract.playPipelineSchedule, async (call) => {
    const found = await scheduleFor(call, 'play')
    if (!found.ok) return found
    const { project, schedule } = found.value
    const played = await playSchedule(call.app, call.actor, project, schedule.id)
    return played.ok ? ok({ message: '201 Created' as const }) : played
  }),
]

/** Null when one has neither a value nor `destroy`. */
function inputChanges(
  inputs: InputOf<typeof contract.updatePipelineSchedule>['inputs'],
): readonly InputChange[] | undefined | null {
  if (inputs === undefined) return undefined
  const changes = inputs.flatMap(({ name, value, destroy }): InputChange[] => {
    if (destroy) return [{ name, destroy }]
    return value === undefined ? [] : [{ name, value }]
  })
  return changes.length === inputs.length ? changes : null
}

async function answer(
  { app, actor }: { readonly app: App; readonly actor: Actor },
  { project, standing }: { readonly project: { readonly id: number }; readonly standing: Standing },
  id: number,
) {
  const row = await findSchedule(app.db, project.id, id)
  if (!row) return err({ code: 'not_found', what: 'Pipeline Schedule' } as const)
  const withContent = refuseScheduleAction(actor, 'administer', standing, row.owner_id) === null
  return ok(await presentScheduleDetails(app, row, withContent))
}
