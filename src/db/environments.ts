/** Environments: finding, creating, changing and their life cycle (reference gitlab-deployments.md 4). */
import { createHash } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import { environmentSlug, type Tier } from '../domain/environment.ts'
import type { Db, Tx } from './open.ts'
import type { EnvironmentTable } from './tables.ts'

export type Environment = Selectable<EnvironmentTable>

export interface NewEnvironment {
  readonly projectId: number
  readonly name: string
  readonly tier: Tier
  readonly externalUrl: string | null
  readonly autoStopAt: Date | null
  readonly autoStopSetting?: 'always' | 'with_action'
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
    .set({ state: 'available', updated_at: sql`now()` })
    .where('id', '=', environmentId)
    .where('state', '<>', 'available')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
