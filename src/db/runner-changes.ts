/** Changes to runners: their columns, tokens and projects. */
import type { Updateable } from 'kysely'
import { digestOf } from './digest.ts'
import type { Db, Tx } from './open.ts'
import { type Runner, shortToken } from './runners.ts'
import type { RunnerTable } from './tables.ts'

/** Locks a runner's row until the transaction ends; null when there is none. */
export async function lockRunner(tx: Tx, id: number): Promise<Runner | null> {
  return (await tx.selectFrom('runners').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()) ?? null
}

/** Ids of the projects or of the group that a runner serves; none for an instance runner. */
export async function runnerOwners(db: Db, runner: Pick<Runner, 'id' | 'runner_type'>): Promise<number[]> {
  if (runner.runner_type === 'group_type') {
    const rows = await db
      .selectFrom('runner_namespaces')
      .select('namespace_id')
      .where('runner_id', '=', runner.id)
      .execute()
    return rows.map((row) => row.namespace_id)
  }
  const rows = await db
    .selectFrom('runner_projects')
    .select('project_id')
    .where('runner_id', '=', runner.id)
    .orderBy('project_id')
    .execute()
  return rows.map((row) => row.project_id)
}

export async function setRunnerToken(tx: Tx, id: number, token: string): Promise<void> {
  await tx
    .updateTable('runners')
    .set({ token_digest: digestOf(token), short_token: shortToken(token) })
    .where('id', '=', id)
    .execute()
}

export async function deleteRunner(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('runners').where('id', '=', id).execute()
}

/** Answers whether there was such a machine. */
export async function deleteManager(tx: Tx, runnerId: number, systemId: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('runner_managers')
    .where('runner_id', '=', runnerId)
    .where('system_id', '=', systemId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** Sets columns of a runner. */
export async function updateRunner(tx: Tx, id: number, changes: Updateable<RunnerTable>): Promise<void> {
  await tx.updateTable('runners').set(changes).where('id', '=', id).execute()
}

/** Breaks `runner_projects_pkey` when it serves the project already. */
export async function serveProject(tx: Tx, runnerId: number, projectId: number): Promise<void> {
  await tx.insertInto('runner_projects').values({ runner_id: runnerId, project_id: projectId }).execute()
}

export async function stopServing(tx: Tx, runnerId: number, projectId: number): Promise<void> {
  await tx.deleteFrom('runner_projects').where('runner_id', '=', runnerId).where('project_id', '=', projectId).execute()
}
