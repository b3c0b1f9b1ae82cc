/** Variables of pipeline schedules (GitLab Pipeline schedules API). */
import { writeAudit } from '../db/audit.ts'
import type { Tx } from '../db/open.ts'
import {
  deleteScheduleVariable as deleteRow,
  lockSchedule,
  type PipelineSchedule,
  type ScheduleVariable,
  scheduleVariables,
  setScheduleVariable,
  touchSchedule,
} from '../db/pipeline-schedules.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor, Standing } from '../domain/access.ts'
import { variableProblems } from '../domain/ci-variable.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { refuseScheduleAction, type ScheduleAction } from '../domain/schedule-access.ts'
import { type App, authorOf } from './context.ts'
import { type ScheduleEvent, scheduleEntry } from './schedule-audit.ts'

interface Place {
  readonly projectId: number
  readonly standing: Standing
  readonly scheduleId: number
}

type Outcome = Result<ScheduleVariable, Refusal>

const noSchedule: Refusal = { code: 'not_found', what: 'Pipeline Schedule' }
const noVariable: Refusal = { code: 'not_found', what: 'Pipeline Schedule Variable' }

export async function createScheduleVariable(
  app: App,
  actor: Actor,
  place: Place,
  values: ScheduleVariable,
): Promise<Outcome> {
  const variable = { ...values, key: values.key.trim() }
  return change(app, actor, place, 'update', async (tx, known) => {
    const errors = variableProblems({ ...plain, key: variable.key, value: variable.value })
    if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
    if (named(known, variable.key)) return err({ code: 'invalid', errors: { key: ['has already been taken'] } })
    await setScheduleVariable(tx, place.scheduleId, variable)
    return ok({ event: 'variable_created', variable })
  })
}

/** Changes what is given and leaves the rest. */
export async function updateScheduleVariable(
  app: App,
  actor: Actor,
  place: Place,
  changes: {
    readonly key: string
    readonly value: string | undefined
    readonly variableType: ScheduleVariable['variable_type'] | undefined
  },
): Promise<Outcome> {
  return change(app, actor, place, 'update', async (tx, known) => {
    const before = named(known, changes.key)
    if (!before) return err(noVariable)
    const variable = {
      key: before.key,
      value: changes.value ?? before.value,
      variable_type: changes.variableType ?? before.variable_type,
    }
    await setScheduleVariable(tx, place.scheduleId, variable)
    return ok({ event: 'variable_updated', variable })
  })
}

/** Answers the variable that was there. */
export async function deleteScheduleVariable(app: App, actor: Actor, place: Place, key: string): Promise<Outcome> {
  return change(app, actor, place, 'administer', async (tx, known) => {
    const variable = named(known, key)
    if (!variable) return err(noVariable)
    await deleteRow(tx, place.scheduleId, key)
    return ok({ event: 'variable_deleted', variable })
  })
}

/** Like a CI/CD variable that is nothing special. */
const plain = {
  variableType: 'env_var',
  protected: false,
  masked: false,
  hidden: false,
  raw: false,
  environmentScope: '*',
  description: null,
} as const

function named(known: readonly ScheduleVariable[], key: string): ScheduleVariable | undefined {
  return known.find((variable) => variable.key === key)
}

async function change(
  app: App,
  actor: Actor,
  { projectId, standing, scheduleId }: Place,
  action: ScheduleAction,
  work: (
    tx: Tx,
    known: readonly ScheduleVariable[],
  ) => Promise<Result<{ readonly event: ScheduleEvent; readonly variable: ScheduleVariable }, Refusal>>,
): Promise<Outcome> {
  return inTransaction(app.db, async (tx): Promise<Outcome> => {
    const schedule: PipelineSchedule | null = await lockSchedule(tx, scheduleId)
    if (schedule?.project_id !== projectId) return err(noSchedule)
    const refusal = refuseScheduleAction(actor, action, standing, schedule.owner_id)
    if (refusal) return err(refusal)
    const done = await work(tx, await scheduleVariables(tx, scheduleId))
    if (!done.ok) return done
    const { event, variable } = done.value
    await touchSchedule(tx, scheduleId)
    await writeAudit(tx, [scheduleEntry(event, schedule, { variable: variable.key })], authorOf(actor))
    return ok(variable)
  })
}
