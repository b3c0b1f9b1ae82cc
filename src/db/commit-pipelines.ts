/** What ran for a commit. */
import type { JobStatus } from '../domain/job.ts'
import type { PipelineBasicRow } from './job-rows.ts'
import type { Db } from './open.ts'
import { fetchPage, type Page } from './paging.ts'

/** The newest pipeline of a commit that no other pipeline started; null when there is none. */
export async function newestPipelineOf(db: Db, projectId: number, sha: string): Promise<PipelineBasicRow | null> {
  const row = await db
    .selectFrom('pipelines as p')
    .innerJoin('projects as pr', 'pr.id', 'p.project_id')
    .select(['p.id', 'p.iid', 'p.project_id', 'pr.full_path as project_path', 'p.sha', 'p.ref', 'p.status', 'p.source'])
    .select(['p.created_at', 'p.updated_at'])
    .where('p.project_id', '=', projectId)
    .where('p.sha', '=', sha)
    .where('p.parent_pipeline_id', 'is', null)
    .orderBy('p.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

export interface CommitStatusRow {
  readonly id: number
  readonly name: string
  readonly status: JobStatus
  readonly allow_failure: boolean
  readonly coverage: number | null
  readonly created_at: Date
  readonly started_at: Date | null
  readonly finished_at: Date | null
  readonly pipeline_id: number
  readonly sha: string
  readonly ref: string
  readonly user_id: number | null
  readonly username: string | null
  readonly user_name: string | null
  readonly user_state: string | null
}

export interface CommitStatusFilter {
  readonly projectId: number
  readonly sha: string
  readonly ref: string | undefined
  readonly stage: string | undefined
  readonly name: string | undefined
  readonly pipelineId: number | undefined
  /** Retried jobs too. */
  readonly all: boolean
  readonly orderBy: 'id' | 'pipeline_id'
  readonly sort: 'asc' | 'desc'
}

/** The jobs of all pipelines of a commit. */
export async function commitStatuses(
  db: Db,
  filter: CommitStatusFilter,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<CommitStatusRow>> {
  const { ref, stage, name, pipelineId } = filter
  let rows = db
    .selectFrom('jobs as j')
    .innerJoin('pipelines as p', 'p.id', 'j.pipeline_id')
    .leftJoin('users as u', 'u.id', 'j.user_id')
    .select(['j.id', 'j.name', 'j.status', 'j.allow_failure', 'j.coverage', 'j.pipeline_id', 'p.sha', 'p.ref'])
    .select(['j.created_at', 'j.started_at', 'j.finished_at'])
    .select(['u.id as user_id', 'u.username', 'u.name as user_name', 'u.state as user_state'])
    .where('p.project_id', '=', filter.projectId)
    .where('p.sha', '=', filter.sha)
    .orderBy(filter.orderBy === 'id' ? 'j.id' : 'j.pipeline_id', filter.sort)
    .orderBy('j.id', filter.sort)
  if (ref) rows = rows.where('p.ref', '=', ref)
  if (stage) rows = rows.where('j.stage', '=', stage)
  if (name) rows = rows.where('j.name', '=', name)
  if (pipelineId !== undefined) rows = rows.where('p.id', '=', pipelineId)
  if (!filter.all) rows = rows.where('j.retried', '=', false)
  return fetchPage(db, rows, request)
}
