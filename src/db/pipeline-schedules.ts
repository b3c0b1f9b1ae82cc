/** Pipeline schedules (GitLab Pipeline schedules API). */
import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { PipelineScheduleTable, PipelineScheduleVariableTable } from './tables.ts'

export type PipelineSchedule = Selectable<PipelineScheduleTable>
export type ScheduleVariable = Omit<Selectable<PipelineScheduleVariableTable>, 'schedule_id'>

export interface ScheduleInput {
  readonly name: string
  readonly value: unknown
}

export interface ScheduleRow extends PipelineSchedule {
  readonly owner: {
    readonly id: number
    readonly username: string
    readonly name: string
    readonly state: string
  } | null
}

/** A schedule with what its pipelines start with. */
export interface ScheduleContent {
  readonly schedule: PipelineSchedule
  /** By key. */
  readonly variables: readonly ScheduleVariable[]
  /** By name. */
  readonly inputs: readonly ScheduleInput[]
}

export interface ScheduleValues {
  readonly description: string
  /** Full name. */
  readonly ref: string
  /** Five fields. */
  readonly cron: string
  readonly cronTimezone: string
  readonly active: boolean
  readonly nextRunAt: Date
}

/** One page, oldest first. */
export async function schedulePage(
  db: Db,
  filter: { readonly projectId: number; readonly active: boolean | undefined },
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<ScheduleRow>> {
  const rows = withOwner(db).where('s.project_id', '=', filter.projectId).orderBy('s.id')
  return fetchPage(db, filter.active === undefined ? rows : rows.where('s.active', '=', filter.active), request)
}

/** One of a project's; null when it is another's or gone. */
export async function findSchedule(db: Db, projectId: number, id: number): Promise<ScheduleRow | null> {
  const row = await withOwner(db).where('s.project_id', '=', projectId).where('s.id', '=', id).executeTakeFirst()
  return row ?? null
}

/** Locks one until the transaction ends; null when it is gone. Every change of it and of its variables begins with this. */
export async function lockSchedule(tx: Tx, id: number): Promise<PipelineSchedule | null> {
  const row = await tx
    .selectFrom('pipeline_schedules')
    .selectAll()
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row ?? null
}

export async function scheduleContent(db: Db, id: number): Promise<ScheduleContent | null> {
  const schedule = await db.selectFrom('pipeline_schedules').selectAll().where('id', '=', id).executeTakeFirst()
  if (!schedule) return null
  const [variables, inputs] = await Promise.all([scheduleVariables(db, id), scheduleInputs(db, id)])
  return { schedule, variables, inputs }
}

/** Active ones whose time has come, the longest overdue first. */
export async function dueSchedules(db: Db, now: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('pipeline_schedules')
    .select('id')
    .where('active', '=', true)
    .where('next_run_at', '<=', now)
    .orderBy('next_run_at')
    .orderBy('id')
    .limit(200)
    .execute()
  return rows.map((row) => row.id)
}

export async function insertSchedule(
  tx: Tx,
  place: { readonly projectId: number; readonly ownerId: number },
  values: ScheduleValues,
): Promise<PipelineSchedule> {
  return tx
    .insertInto('pipeline_schedules')
    .values({ project_id: place.projectId, owner_id: place.ownerId, ...columns(values) })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function updateSchedule(tx: Tx, id: number, values: ScheduleValues): Promise<PipelineSchedule> {
  return change(tx, id, columns(values))
}

export async function giveSchedule(tx: Tx, id: number, ownerId: number): Promise<PipelineSchedule> {
  return change(tx, id, { owner_id: ownerId })
}

export async function deactivateSchedule(tx: Tx, id: number, because: string): Promise<void> {
  await change(tx, id, { active: false, last_error: because })
}

/** Records that something that belongs to it changed. */
export async function touchSchedule(tx: Tx, id: number): Promise<void> {
  await change(tx, id, {})
}

/** Records that its time came, and when it comes again. */
export async function passSchedule(
  tx: Tx,
  id: number,
  { nextRunAt, problem }: { readonly nextRunAt: Date; readonly problem: string | null },
): Promise<void> {
  await change(tx, id, { next_run_at: nextRunAt, last_error: problem })
}

export async function deleteSchedule(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('pipeline_schedules').where('id', '=', id).execute()
}

/** Makes a person's active schedules inactive. Answers them. */
export async function deactivateSchedulesOf(tx: Tx, ownerId: number): Promise<PipelineSchedule[]> {
  return tx
    .updateTable('pipeline_schedules')
    .set({ active: false, updated_at: sql<Date>`now()` })
    .where('owner_id', '=', ownerId)
    .where('active', '=', true)
    .returningAll()
    .execute()
}

/** By key. */
export async function scheduleVariables(db: Db, scheduleId: number): Promise<ScheduleVariable[]> {
  return db
    .selectFrom('pipeline_schedule_variables')
    .select(['key', 'value', 'variable_type'])
    .where('schedule_id', '=', scheduleId)
    .orderBy('key')
    .execute()
}

/** Sets a variable, new or not. */
export async function setScheduleVariable(tx: Tx, scheduleId: number, variable: ScheduleVariable): Promise<void> {
  const { key, value, variable_type } = variable
  await tx
    .insertInto('pipeline_schedule_variables')
    .values({ schedule_id: scheduleId, key, value, variable_type })
    .onConflict((oc) => oc.columns(['schedule_id', 'key']).doUpdateSet({ value, variable_type }))
    .execute()
}

export async function deleteScheduleVariable(tx: Tx, scheduleId: number, key: string): Promise<void> {
  await tx
    .deleteFrom('pipeline_schedule_variables')
    .where('schedule_id', '=', scheduleId)
    .where('key', '=', key)
    .execute()
}

/** By name. */
export async function scheduleInputs(db: Db, scheduleId: number): Promise<ScheduleInput[]> {
  return db
    .selectFrom('pipeline_schedule_inputs')
    .select(['name', 'value'])
    .where('schedule_id', '=', scheduleId)
    .orderBy('name')
    .execute()
}

/** These, and no others. */
export async function setScheduleInputs(tx: Tx, scheduleId: number, inputs: readonly ScheduleInput[]): Promise<void> {
  await tx.deleteFrom('pipeline_schedule_inputs').where('schedule_id', '=', scheduleId).execute()
  if (inputs.length === 0) return
  await tx
    .insertInto('pipeline_schedule_inputs')
    .values(inputs.map(({ name, value }) => ({ schedule_id: scheduleId, name, value: JSON.stringify(value) })))
    .execute()
}

function withOwner(db: Db) {
  return db
    .selectFrom('pipeline_schedules as s')
    .leftJoin('users as u', 'u.id', 's.owner_id')
    .selectAll('s')
    .select(
      sql<ScheduleRow['owner']>`case when u.id is not null then
        jsonb_build_object('id', u.id, 'username', u.username, 'name', u.name, 'state', u.state) end`.as('owner'),
    )
}

async function change(
  tx: Tx,
  id: number,
  set: Partial<Omit<PipelineSchedule, 'id' | 'created_at' | 'updated_at'>>,
): Promise<PipelineSchedule> {
  return tx
    .updateTable('pipeline_schedules')
    .set({ ...set, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

function columns(values: ScheduleValues) {
  return {
    description: values.description,
    ref: values.ref,
    cron: values.cron,
    cron_timezone: values.cronTimezone,
    active: values.active,
    next_run_at: values.nextRunAt,
  }
}
