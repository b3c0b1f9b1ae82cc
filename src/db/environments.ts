/** Environments: finding, creating, changing and their life cycle (reference gitlab-deployments.md 4). */
import { createHash } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import { type AutoStopSetting, type EnvironmentState, environmentSlug, type Tier } from '../domain/environment.ts'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { EnvironmentTable } from './tables.ts'

export type Environment = Selectable<EnvironmentTable>

export interface NewEnvironment {
  readonly projectId: number
  readonly name: string
  readonly tier: Tier
  readonly externalUrl: string | null
  readonly autoStopAt: Date | null
  readonly autoStopSetting?: AutoStopSetting
  readonly description?: string | null
}

/** The slug that a name gets, made once when the environment is created. */
export function slugOf(name: string): string {
  return environmentSlug(name, (text) => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`).toString(36))
}

/** One environment of a project by its exact, case-sensitive name; null when there is none. */
export async function findEnvironmentByName(db: Db, projectId: number, name: string): Promise<Environment | null> {
  const row = await db
    .selectFrom('environments')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row ?? null
}

/**
 * Creates an environment. Null when its name or its slug is taken in the project, also by a transaction that commits while this
 * one waits for it.
 */
export async function insertEnvironment(tx: Tx, environment: NewEnvironment): Promise<Environment | null> {
  const row = await tx
    .insertInto('environments')
    .values({
      project_id: environment.projectId,
      name: environment.name,
      slug: slugOf(environment.name),
      tier: environment.tier,
      external_url: environment.externalUrl,
      auto_stop_at: environment.autoStopAt,
      auto_stop_setting: environment.autoStopSetting ?? 'always',
      description: environment.description ?? null,
    })
    .onConflict((oc) => oc.doNothing())
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** Opens a stopped or stopping environment again: what a starting deployment does (reference 4.6). True when it was closed. */
export async function startEnvironment(tx: Tx, environmentId: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('environments')
    .set({ state: 'available', auto_delete_at: null, updated_at: sql`now()` })
    .where('id', '=', environmentId)
    .where('state', '<>', 'available')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** One environment of a project; null when it is another's or gone. */
export async function findEnvironment(db: Db, projectId: number, id: number): Promise<Environment | null> {
  const row = await db
    .selectFrom('environments')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** The same, locked until the transaction ends. */
export async function lockEnvironment(tx: Tx, projectId: number, id: number): Promise<Environment | null> {
  const row = await tx
    .selectFrom('environments')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row ?? null
}

export interface EnvironmentFilter {
  readonly projectId: number
  /** Exact. */
  readonly name?: string | undefined
  /** How the name, or the name after its folder, begins; in any case. */
  readonly search?: string | undefined
  readonly state?: EnvironmentState | undefined
}

/** One page of a project's environments, in the order they were made. */
export async function environmentPage(
  db: Db,
  filter: EnvironmentFilter,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<Environment>> {
  let rows = db.selectFrom('environments').selectAll().where('project_id', '=', filter.projectId).orderBy('id')
  if (filter.name) rows = rows.where('name', '=', filter.name)
  if (filter.state) rows = rows.where('state', '=', filter.state)
  if (filter.search) {
    const start = filter.search.toLowerCase()
    rows = rows.where(
      sql<boolean>`(starts_with(lower(name), ${start}) or starts_with(lower(substr(name, strpos(name, '/') + 1)), ${start}))`,
    )
  }
  return fetchPage(db, rows, request)
}

export interface EnvironmentChanges {
  readonly externalUrl?: string | null | undefined
  readonly tier?: Tier | undefined
  readonly description?: string | null | undefined
  readonly autoStopSetting?: AutoStopSetting | undefined
}

/** Changes what is given and leaves the rest. */
export async function updateEnvironment(tx: Tx, id: number, changes: EnvironmentChanges): Promise<Environment> {
  return tx
    .updateTable('environments')
    .set({
      updated_at: sql`now()`,
      ...(changes.externalUrl === undefined ? {} : { external_url: changes.externalUrl }),
      ...(changes.tier === undefined ? {} : { tier: changes.tier }),
      ...(changes.description === undefined ? {} : { description: changes.description }),
      ...(changes.autoStopSetting === undefined ? {} : { auto_stop_setting: changes.autoStopSetting }),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Moves an environment to another state. A stopped one has no timer any more; one that is used again is not cleaned up. */
export async function setEnvironmentState(tx: Tx, id: number, state: EnvironmentState): Promise<void> {
  await tx
    .updateTable('environments')
    .set({
      state,
      updated_at: sql`now()`,
      ...(state === 'stopped' ? { auto_stop_at: null } : { auto_delete_at: null }),
    })
    .where('id', '=', id)
    .execute()
}

/** Deletes an environment with its deployments and their approvals. */
export async function deleteEnvironment(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('environments').where('id', '=', id).execute()
}
