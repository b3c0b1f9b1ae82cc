/** Lists of jobs: the page is found by ids alone, and only its rows are read in full. */
import { sql } from 'kysely'
import type { JobStatus } from '../domain/job.ts'
import { type JobRow, jobRowsByIds } from './job-rows.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'

interface PageRequest {
  readonly page: number
  readonly per_page: number
}

export interface PipelineJobFilter {
  /** Null: all. */
  readonly statuses: readonly JobStatus[] | null
  readonly includeRetried: boolean
  /** Trigger jobs, or all the others. */
  readonly bridges: boolean
}

/** Jobs of a pipeline in the order they were made. */
export async function listPipelineJobs(
  db: Db,
  pipelineId: number,
  filter: PipelineJobFilter,
  request: PageRequest,
): Promise<Page<JobRow>> {
  let query = db
    .selectFrom('jobs')
    .select('id')
    .where('pipeline_id', '=', pipelineId)
    .where('is_bridge', '=', filter.bridges)
    .orderBy('id')
  if (!filter.includeRetried) query = query.where('retried', '=', false)
  if (filter.statuses) query = query.where(anyOf(filter.statuses))
  const page = await fetchPage(db, query, request)
  return { ...page, items: await inFull(db, page.items) }
}

/** Jobs of a project, newest first, without a total: counting them all would cost more than the page. */
export async function listProjectJobs(
  db: Db,
  projectId: number,
  filter: {
    readonly statuses: readonly JobStatus[] | null
    readonly sort: 'asc' | 'desc'
    readonly after: number | null
  },
  request: PageRequest,
): Promise<Page<JobRow>> {
  let query = db
    .selectFrom('jobs')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_bridge', '=', false)
    .orderBy('id', filter.sort)
    .limit(request.per_page + 1)
    .offset((request.page - 1) * request.per_page)
  if (filter.statuses) query = query.where(anyOf(filter.statuses))
  if (filter.after !== null) query = query.where('id', filter.sort === 'desc' ? '<' : '>', filter.after)
  const found = await query.execute()
  const items = await inFull(db, found.slice(0, request.per_page))
  return { items, hasNext: found.length > request.per_page, total: null }
}

function anyOf(statuses: readonly JobStatus[]) {
  return sql<boolean>`status = any (${[...statuses]}::text[])`
}

async function inFull(db: Db, ids: readonly { readonly id: number }[]): Promise<JobRow[]> {
  const rows = await jobRowsByIds(
    db,
    ids.map(({ id }) => id),
  )
  return ids.flatMap(({ id }) => rows.get(id) ?? [])
}
