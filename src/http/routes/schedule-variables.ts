/** Pipeline schedules API: variables. */
import {
  createScheduleVariable,
  deleteScheduleVariable,
  updateScheduleVariable,
} from '../../app/change-schedule-variable.ts'
import * as contract from '../../contract/schedule-variables.ts'
import { scheduleVariables } from '../../db/pipeline-schedules.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { type FoundSchedule, scheduleFor } from '../find-schedule.ts'
import { presentScheduleVariable } from '../present/pipeline-schedule.ts'

export const scheduleVariableRoutes: Route[] = [
  implement(contract.listScheduleVariables, async (call) => {
    const found = await scheduleFor(call, 'administer')
    if (!found.ok) return found
    const variables = await scheduleVariables(call.app.db, found.value.schedule.id)
    return ok(variables.map(presentScheduleVariable))
  }),

  implement(contract.createScheduleVariable, async (call) => {
    const found = await scheduleFor(call, 'update')
    if (!found.ok) return found
    const { key, value, variable_type } = call.input
    const variable = { key, value, variable_type }
    const made = await createScheduleVariable(call.app, call.actor, placeOf(found.value), variable)
    return made.ok ? ok(presentScheduleVariable(made.value)) : made
  }),

  implement(contract.getScheduleVariable, async (call) => {
    const found = await scheduleFor(call, 'administer')
    if (!found.ok) return found
    const variables = await scheduleVariables(call.app.db, found.value.schedule.id)
    const variable = variables.find((one) => one.key === call.input.key)
    return variable
      ? ok(presentScheduleVariable(variable))
      : err({ code: 'not_found', what: 'Pipeline Schedule Variable' })
  }),

  implement(contract.updateScheduleVariable, async (call) => {
    const found = await scheduleFor(call, 'update')
    if (!found.ok) return found
    const { key, value, variable_type: variableType } = call.input
    const changes = { key, value, variableType }
    const changed = await updateScheduleVariable(call.app, call.actor, placeOf(found.value), changes)
    return changed.ok ? ok(presentScheduleVariable(changed.value)) : changed
  }),

  implement(contract.deleteScheduleVariable, async (call) => {
    const found = await scheduleFor(call, 'administer')
    if (!found.ok) return found
    const deleted = await deleteScheduleVariable(call.app, call.actor, placeOf(found.value), call.input.key)
    return deleted.ok ? ok(presentScheduleVariable(deleted.value)) : deleted
  }),
]

function placeOf({ project, standing, schedule }: FoundSchedule) {
  return { projectId: project.id, standing, scheduleId: schedule.id }
}
