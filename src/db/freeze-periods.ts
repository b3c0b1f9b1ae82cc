/** Deploy freeze periods of a project (GitLab Freeze Periods API). */
import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { FreezePeriodTable } from './tables.ts'

export type FreezePeriod = Selectable<FreezePeriodTable>

export interface FreezePeriodValues {
  /** Cron, five fields. */
  readonly freezeStart: string
  readonly freezeEnd: string
  readonly cronTimezone: string
}

/** All of a project's, oldest first. */
export async function freezePeriods(db: Db, projectId: number): Promise<FreezePeriod[]> {
  return byAge(db, projectId).execute()
}

/** The same as a page. */
export async function freezePeriodPage(
  db: Db,
  projectId: number,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<FreezePeriod>> {
  return fetchPage(db, byAge(db, projectId), request)
}

/** One of a project's; null when it is another's or gone. */
export async function findFreezePeriod(db: Db, projectId: number, id: number): Promise<FreezePeriod | null> {
  const row = await db
    .selectFrom('freeze_periods')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** The same, locked until the transaction ends. */
export async function lockFreezePeriod(tx: Tx, projectId: number, id: number): Promise<FreezePeriod | null> {
  const row = await tx
    .selectFrom('freeze_periods')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row ?? null
}

export async function insertFreezePeriod(tx: Tx, projectId: number, values: FreezePeriodValues): Promise<FreezePeriod> {
  return tx
    .insertInto('freeze_periods')
    .values({ project_id: projectId, ...columns(values) })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function updateFreezePeriod(tx: Tx, id: number, values: FreezePeriodValues): Promise<FreezePeriod> {
  return tx
    .updateTable('freeze_periods')
    .set({ ...columns(values), updated_at: sql`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteFreezePeriod(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('freeze_periods').where('id', '=', id).execute()
}

function byAge(db: Db, projectId: number) {
  return db
    .selectFrom('freeze_periods')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('created_at')
    .orderBy('id')
}

function columns(values: FreezePeriodValues) {
  return { freeze_start: values.freezeStart, freeze_end: values.freezeEnd, cron_timezone: values.cronTimezone }
}
