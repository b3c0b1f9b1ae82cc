/** Freeze Periods API. */
import { createFreezePeriod, deleteFreezePeriod, updateFreezePeriod } from '../../app/change-freeze-period.ts'
import type { App } from '../../app/context.ts'
import { type FreezeTimes, freezeTimes } from '../../app/freeze.ts'
import * as contract from '../../contract/freeze-periods.ts'
import { type FreezePeriod, findFreezePeriod, freezePeriodPage } from '../../db/freeze-periods.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { mapPage } from '../pagination.ts'

export const freezePeriodRoutes: Route[] = [
  implement(contract.listFreezePeriods, async (call) => {
    const found = await projectFor(call, 'read_freeze_periods')
    if (!found.ok) return found
    return ok(mapPage(await freezePeriodPage(call.app.db, found.value.project.id, call.input), presenter(call.app)))
  }),

  implement(contract.getFreezePeriod, async (call) => {
    const found = await projectFor(call, 'read_freeze_periods')
    if (!found.ok) return found
    const period = await findFreezePeriod(call.app.db, found.value.project.id, call.input.freeze_period_id)
    return period ? ok(presenter(call.app)(period)) : err({ code: 'not_found', what: null })
  }),

  implement(contract.createFreezePeriod, async (call) => {
    const found = await projectFor(call, 'admin_freeze_periods')
    if (!found.ok) return found
    const { freeze_start, freeze_end, cron_timezone = 'UTC' } = call.input
    const values = { freezeStart: freeze_start, freezeEnd: freeze_end, cronTimezone: cron_timezone }
    const made = await createFreezePeriod(call.app, call.actor, found.value.project.id, values)
    return made.ok ? ok(presenter(call.app)(made.value)) : made
  }),

  implement(contract.updateFreezePeriod, async (call) => {
    const found = await projectFor(call, 'admin_freeze_periods')
    if (!found.ok) return found
    const { freeze_start, freeze_end, cron_timezone, freeze_period_id } = call.input
    const changed = await updateFreezePeriod(
      call.app,
      call.actor,
      { projectId: found.value.project.id, id: freeze_period_id },
      { freezeStart: freeze_start, freezeEnd: freeze_end, cronTimezone: cron_timezone },
    )
    return changed.ok ? ok(presenter(call.app)(changed.value)) : changed
  }),

  implement(contract.deleteFreezePeriod, async (call) => {
    const found = await projectFor(call, 'admin_freeze_periods')
    if (!found.ok) return found
    const place = { projectId: found.value.project.id, id: call.input.freeze_period_id }
    return deleteFreezePeriod(call.app, call.actor, place)
  }),
]

function presenter(app: App) {
  const now = app.now()
  return (period: FreezePeriod) => present(period, freezeTimes(period, now))
}

function present(period: FreezePeriod, { frozen, nextStart, nextEnd }: FreezeTimes) {
  return {
    id: period.id,
    freeze_start: period.freeze_start,
    freeze_end: period.freeze_end,
    cron_timezone: period.cron_timezone,
    created_at: period.created_at.toISOString(),
    updated_at: period.updated_at.toISOString(),
    frozen,
    next_start: nextStart?.toISOString() ?? null,
    next_end: nextEnd?.toISOString() ?? null,
  }
}
