/** Resource groups as the API lists them (GitLab Ci::ResourceGroup; reference gitlab-deployments.md 5.3). */
import { type Selectable, sql } from 'kysely'
import { holdingStatuses, newestFirst, type ProcessMode, upcomingStatuses } from '../domain/resource-group.ts'
import type { Db, Tx } from './open.ts'
import { fetchPage, type Page } from './paging.ts'
import type { ResourceGroupTable } from './tables.ts'

export type ResourceGroup = Selectable<ResourceGroupTable>
interface PageRequest {
  readonly page: number
  readonly per_page: number
}

export async function resourceGroupPage(db: Db, projectId: number, request: PageRequest): Promise<Page<ResourceGroup>> {
  const rows = db.selectFrom('resource_groups').selectAll().where('project_id', '=', projectId).orderBy('id')
  return fetchPage(db, rows, request)
}

/** One by its exact key; null when there is none. */
export async function findResourceGroup(db: Db, projectId: number, key: string): Promise<ResourceGroup | null> {
  const row = await byKey(db, projectId, key).executeTakeFirst()
  return row ?? null
}

/** The same, locked until the transaction ends. */
export async function lockResourceGroup(tx: Tx, projectId: number, key: string): Promise<ResourceGroup | null> {
  const row = await byKey(tx, projectId, key).forNoKeyUpdate().executeTakeFirst()
  return row ?? null
}

export async function setProcessMode(tx: Tx, id: number, mode: ProcessMode): Promise<ResourceGroup> {
  return tx
    .updateTable('resource_groups')
    .set({ process_mode: mode, updated_at: sql`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The id of the job that holds the resource; null when it is free. */
export async function holdingJob(db: Db, resourceGroupId: number): Promise<number | null> {
  const row = await db
    .selectFrom('jobs')
    .select('id')
    .where('resource_group_id', '=', resourceGroupId)
    .where('status', 'in', [...holdingStatuses])
    .orderBy('id')
    .executeTakeFirst()
  return row?.id ?? null
}

/**
 * Ids of the jobs that come next. In the modes `oldest_first` and `newest_first` jobs whose turn in their own pipeline has not
 * come yet are among them, because they are waited for.
 */
export async function upcomingJobs(db: Db, group: ResourceGroup, request: PageRequest): Promise<Page<{ id: number }>> {
  const mode = group.process_mode
  const rows = db
    .selectFrom('jobs')
    .select('id')
    .where('resource_group_id', '=', group.id)
    .where('retried', '=', false)
    .where('status', 'in', [...upcomingStatuses(mode)])
    .orderBy('pipeline_id', newestFirst(mode) ? 'desc' : 'asc')
    .orderBy(sql`status <> 'waiting_for_resource'`)
    .orderBy('id')
  return fetchPage(db, rows, request)
}

function byKey(db: Db, projectId: number, key: string) {
  return db.selectFrom('resource_groups').selectAll().where('project_id', '=', projectId).where('key', '=', key)
}
