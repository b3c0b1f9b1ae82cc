/** Runners and the machines that use them. */
import { type Selectable, sql } from 'kysely'
import { digestOf } from './digest.ts'
import type { Db, Tx } from './open.ts'
import type { RunnerManagerTable, RunnerTable } from './tables.ts'

export type Runner = Selectable<RunnerTable>
export type RunnerManager = Selectable<RunnerManagerTable>

/** The runner that a token belongs to; null when there is none. */
export async function runnerByToken(db: Db, token: string): Promise<Runner | null> {
  const row = await db.selectFrom('runners').selectAll().where('token_digest', '=', digestOf(token)).executeTakeFirst()
  return row ?? null
}

export interface Contact {
  readonly systemId: string
  readonly version: string
  readonly revision: string
  readonly platform: string
  readonly architecture: string
  readonly executor: string
  readonly features: Readonly<Record<string, boolean>>
  readonly ip: string | null
}

/** The manager row of a contact when it is fresh and unchanged, so that polling does not write. */
export async function freshManager(db: Db, runnerId: number, contact: Contact): Promise<number | null> {
  const row = await db
    .selectFrom('runner_managers')
    .select('id')
    .where('runner_id', '=', runnerId)
    .where('system_id', '=', contact.systemId)
    .where('version', '=', contact.version)
    .where(sql<boolean>`features = ${JSON.stringify(contact.features)}::jsonb`)
    .where('contacted_at', '>', sql<Date>`now() - interval '40 seconds'`)
    .executeTakeFirst()
  return row?.id ?? null
}

/** Notes that a machine with this runner's token called, and what it can do (GitLab: runner manager). */
export async function recordContact(tx: Tx, runnerId: number, contact: Contact): Promise<number> {
  const values = {
    version: contact.version,
    revision: contact.revision,
    platform: contact.platform,
    architecture: contact.architecture,
    executor: contact.executor,
    features: JSON.stringify(contact.features),
    ip: contact.ip,
  }
  const { id } = await tx
    .insertInto('runner_managers')
    .values({ runner_id: runnerId, system_id: contact.systemId, ...values })
    .onConflict((oc) => oc.columns(['runner_id', 'system_id']).doUpdateSet({ ...values, contacted_at: sql`now()` }))
    .returning('id')
    .executeTakeFirstOrThrow()
  await tx.updateTable('runners').set({ contacted_at: sql<Date>`now()` }).where('id', '=', runnerId).execute()
  return id
}

export interface NewRunner {
  readonly type: 'instance_type' | 'group_type' | 'project_type'
  readonly ownerId: number | null
  readonly token: string
  readonly description: string | null
  readonly maintenanceNote: string | null
  readonly paused: boolean
  readonly locked: boolean
  readonly runUntagged: boolean
  readonly accessLevel: 'not_protected' | 'ref_protected'
  readonly maximumTimeout: number | null
  readonly tags: readonly string[]
  readonly registration: 'authenticated_user' | 'registration_token'
  readonly creatorId: number | null
}

/** Inserts a runner with its owner; only the token's digest is kept. */
export async function insertRunner(tx: Tx, runner: NewRunner): Promise<number> {
  const { id } = await tx
    .insertInto('runners')
    .values({
      runner_type: runner.type,
      description: runner.description,
      maintenance_note: runner.maintenanceNote,
      token_digest: digestOf(runner.token),
      short_token: shortToken(runner.token),
      paused: runner.paused,
      locked: runner.locked,
      run_untagged: runner.runUntagged,
      access_level: runner.accessLevel,
      maximum_timeout: runner.maximumTimeout,
      tag_list: [...runner.tags],
      registration_type: runner.registration,
      creator_id: runner.creatorId,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (runner.ownerId !== null && runner.type === 'project_type') {
    await tx.insertInto('runner_projects').values({ runner_id: id, project_id: runner.ownerId }).execute()
  }
  if (runner.ownerId !== null && runner.type === 'group_type') {
    await tx.insertInto('runner_namespaces').values({ runner_id: id, namespace_id: runner.ownerId }).execute()
  }
  return id
}

/** The first characters of a token after its prefix, by which people recognise it. */
export function shortToken(token: string): string {
  return token.replace(/^glrtr?-/, '').slice(0, 9)
}

/** Null when there is none. */
export async function runnerById(db: Db, id: number): Promise<Runner | null> {
  return (await db.selectFrom('runners').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** Who calls, as the call was authenticated. */
export interface RunnerCaller {
  readonly id: number
  readonly token_digest: Buffer
  /** The machine that calls. */
  readonly managerId: number | null
}

/** A runner as it is now; null when its token is another by now, when it was deleted, and while it is paused. */
export async function currentRunner(db: Db, caller: RunnerCaller): Promise<Runner | null> {
  return (await callingRunner(db, caller).executeTakeFirst()) ?? null
}

/** The same, and it stays so until the transaction ends. `managerId` is null when that machine was forgotten meanwhile. */
export async function holdRunner(
  tx: Tx,
  caller: RunnerCaller,
): Promise<(Runner & { readonly managerId: number | null }) | null> {
  const runner = await callingRunner(tx, caller).forShare().executeTakeFirst()
  if (!runner) return null
  const { managerId } = caller
  const known =
    managerId !== null &&
    (await tx.selectFrom('runner_managers').select('id').where('id', '=', managerId).forShare().executeTakeFirst())
  return { ...runner, managerId: known ? known.id : null }
}

function callingRunner(db: Db, caller: RunnerCaller) {
  return db
    .selectFrom('runners')
    .selectAll()
    .where('id', '=', caller.id)
    .where('token_digest', '=', caller.token_digest)
    .where('paused', '=', false)
}
