/** Creating, changing, taking over and deleting pipeline schedules (GitLab Pipeline schedules API). */
import { isDeepStrictEqual } from 'node:util'
import { writeAudit } from '../db/audit.ts'
import {
  deleteSchedule as deleteRow,
  giveSchedule,
  insertSchedule,
  lockSchedule,
  type PipelineSchedule,
  type ScheduleInput,
  scheduleInputs,
  setScheduleInputs,
  updateSchedule as updateRow,
} from '../db/pipeline-schedules.ts'
import type { Project } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor, Standing } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { refuseScheduleAction } from '../domain/schedule-access.ts'
import { type App, authorOf } from './context.ts'
import { scheduleEntry } from './schedule-audit.ts'
import { expandRef, nextRun, type ScheduleFields, scheduleProblems } from './schedule-fields.ts'

/** An input to set, or to take away. */
export type InputChange = ScheduleInput | { readonly name: string; readonly destroy: true }

export type ScheduleChanges = { readonly [K in keyof ScheduleFields]?: ScheduleFields[K] | undefined } & {
  readonly inputs?: readonly InputChange[] | undefined
}

interface Place {
  readonly project: Project
  readonly standing: Standing
  readonly id: number
}

const notFound: Refusal = { code: 'not_found', what: 'Pipeline Schedule' }

/** Its pipelines will have the rights of whoever creates it. Answers its id. */
export async function createSchedule(
  app: App,
  actor: Actor,
  project: Project,
  values: ScheduleFields & { readonly inputs: readonly ScheduleInput[] },
): Promise<Result<number, Refusal>> {
  const { inputs, ...given } = values
  const fields = { ...given, cron: given.cron.trim() }
  const ref = await expandRef(app, project, fields.ref)
  const problems = scheduleProblems({ ...fields, ref: ref ?? '' }, inputs, ref === null)
  if (problems) return err(problems)
  return inTransaction(app.db, async (tx) => {
    const made = await insertSchedule(
      tx,
      { projectId: project.id, ownerId: actor.userId },
      { ...fields, ref: ref ?? '', nextRunAt: nextRun(fields, app.now()) },
    )
    await setScheduleInputs(tx, made.id, inputs)
    await writeAudit(tx, [scheduleEntry('created', made, { before: null, after: made, inputs })], authorOf(actor))
    return ok(made.id)
  })
}

/** Changes what is given and leaves the rest; a schedule that is turned on again, or whose time changes, does not catch up. */
export async function updateSchedule(
  app: App,
  actor: Actor,
  { project, standing, id }: Place,
  { inputs: inputChanges, ...changes }: ScheduleChanges,
): Promise<Result<void, Refusal>> {
  const ref = changes.ref === undefined ? undefined : await expandRef(app, project, changes.ref)
  return inTransaction(app.db, async (tx) => {
    const before = await lockSchedule(tx, id)
    if (before?.project_id !== project.id) return err(notFound)
    const refusal = refuseScheduleAction(actor, 'update', standing, before.owner_id)
    if (refusal) return err(refusal)
    const was = await scheduleInputs(tx, id)
    const inputs = inputChanges === undefined ? was : changedInputs(was, inputChanges)
    const fields = {
      description: changes.description ?? before.description,
      ref: ref === undefined ? before.ref : (ref ?? ''),
      cron: (changes.cron ?? before.cron).trim(),
      cronTimezone: changes.cronTimezone ?? before.cron_timezone,
      active: changes.active ?? before.active,
    }
    const problems = scheduleProblems(fields, inputs, ref === null)
    if (problems) return err(problems)
    const sameTime =
      fields.cron === before.cron && fields.cronTimezone === before.cron_timezone && fields.active === before.active
    const after = await updateRow(tx, id, {
      ...fields,
      nextRunAt: sameTime ? before.next_run_at : nextRun(fields, app.now()),
    })
    if (!isDeepStrictEqual(was, inputs)) await setScheduleInputs(tx, id, inputs)
    await writeAudit(tx, [scheduleEntry('updated', after, { before, after, inputs })], authorOf(actor))
    return ok(undefined)
  })
}

/** From now on its pipelines have the rights of whoever took it. Answers false when it was theirs already. */
export async function takeSchedule(
  app: App,
  actor: Actor,
  { project, standing, id }: Place,
): Promise<Result<boolean, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockSchedule(tx, id)
    if (before?.project_id !== project.id) return err(notFound)
    const refusal = refuseScheduleAction(actor, 'administer', standing, before.owner_id)
    if (refusal) return err(refusal)
    if (before.owner_id === actor.userId) return ok(false)
    const after = await giveSchedule(tx, id, actor.userId)
    await writeAudit(tx, [scheduleEntry('taken', after, { before, after })], authorOf(actor))
    return ok(true)
  })
}

export async function deleteSchedule(
  app: App,
  actor: Actor,
  { project, standing, id }: Place,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before: PipelineSchedule | null = await lockSchedule(tx, id)
    if (before?.project_id !== project.id) return err(notFound)
    const refusal = refuseScheduleAction(actor, 'administer', standing, before.owner_id)
    if (refusal) return err(refusal)
    await deleteRow(tx, id)
    await writeAudit(tx, [scheduleEntry('deleted', before, { before, after: null })], authorOf(actor))
    return ok(undefined)
  })
}

/** By name, as they are stored. */
function changedInputs(was: readonly ScheduleInput[], changes: readonly InputChange[]): ScheduleInput[] {
  const names = new Set(changes.map((change) => change.name))
  const kept = was.filter((input) => !names.has(input.name))
  const set = changes.flatMap((change) => ('destroy' in change ? [] : [change]))
  return [...kept, ...set].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
