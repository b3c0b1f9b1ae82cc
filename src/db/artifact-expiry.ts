/**
 * Which artifacts may go. Those of the newest successful pipeline of a branch or tag stay, if the project wants it, and so do
 * those of a newer pipeline that is not over: its later jobs need them, however long somebody thinks about an approval (GitLab:
 * locked pipelines).
 */
import { sql } from 'kysely'
import type { Db, Tx } from './open.ts'

export interface Candidate {
  readonly id: number
  readonly projectId: number
  readonly ref: string
  readonly tag: boolean
  /** Of the newest pipeline of its ref that succeeded or is not over, in a project that keeps those: stays while the ref exists. */
  readonly latest: boolean
}

/** Whether the artifacts of pipeline `i` of project `pr` stay; needs {@link rootOf}. */
export const keptAsLatest = sql<boolean>`(
  pr.keep_latest_artifact and root.status not in ('failed', 'canceled', 'skipped') and not exists (
    select 1 from pipelines n
     where n.project_id = root.project_id and n.ref = root.ref and n.tag = root.tag and n.status = 'success'
       and n.source <> 'parent_pipeline' and n.id > root.id))`
/** Child pipelines go with the pipeline that began it all, up to GitLab's depth of two. */
export const rootOf = sql`
  left join pipelines parent on parent.id = i.parent_pipeline_id and parent.project_id = i.project_id
  left join pipelines grand on grand.id = parent.parent_pipeline_id and grand.project_id = i.project_id
  join pipelines root on root.id = coalesce(grand.id, parent.id, i.id)`

const candidate = sql`a.id, a.project_id as "projectId", i.ref, i.tag, ${keptAsLatest} as latest`
const from = sql`
  job_artifacts a join jobs j on j.id = a.job_id join pipelines i on i.id = j.pipeline_id join projects pr on pr.id = a.project_id
  ${rootOf}`

/** Expired artifacts after the one with id `after`, in the order of ids. */
export async function expiredArtifacts(db: Db, after: number, limit: number): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select ${candidate} from ${from}
     where a.expire_at <= now() and a.id > ${after} order by a.id limit ${limit}`.execute(db)
  return rows
}

/** The artifacts of jobs that are over in one project, after the one with id `after`, in the order of ids. */
export async function projectArtifacts(db: Db, projectId: number, after: number, limit: number): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select ${candidate} from ${from}
     where a.project_id = ${projectId} and a.id > ${after}
       and j.status in ('success', 'failed', 'canceled', 'skipped') order by a.id limit ${limit}`.execute(db)
  return rows
}

/** Deletes those that have not been kept meanwhile. A job whose archive goes remembers that it had one. */
export async function deleteExpired(tx: Tx, ids: readonly number[]): Promise<void> {
  await sql`
    with gone as (
      delete from job_artifacts where id = any (${[...ids]}::bigint[]) and expire_at <= now()
      returning job_id, file_type, expire_at)
    update jobs set artifacts_expired_at = gone.expire_at from gone where jobs.id = gone.job_id and gone.file_type = 'archive'`.execute(
    tx,
  )
}

export async function deleteByIds(tx: Tx, ids: readonly number[]): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('job_artifacts')
    .where(sql<boolean>`id = any (${[...ids]}::bigint[])`)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
