/** Artifacts as rows. */
import { type Selectable, sql } from 'kysely'
import type { ArtifactAccess } from '../domain/artifact.ts'
import type { JobStatus } from '../domain/job.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { keepBlob } from './blob-removals.ts'
import type { Db, Tx } from './open.ts'
import type { JobArtifactTable } from './tables.ts'

export type Artifact = Selectable<JobArtifactTable>

export interface NewArtifact {
  readonly jobId: number
  readonly projectId: number
  readonly type: string
  readonly format: string
  readonly filename: string
  readonly size: number
  readonly sha256: string
  readonly blob: string
  /** Null: never. */
  readonly expireAt: Date | null
  /** From a dotenv report. */
  readonly variables: readonly { readonly key: string; readonly value: string }[]
}

/** In these a runner is at work on the job. */
const working: readonly JobStatus[] = ['pending', 'running', 'canceling']

/**
 * Writes the row of a stored artifact, with the variables it brought. The same file sent again changes nothing: the runner repeats
 * an upload whose answer it did not get.
 */
export async function saveArtifact(
  tx: Tx,
  artifact: NewArtifact,
): Promise<Result<'stored' | 'stored_before', Refusal>> {
  const job = await tx
    .selectFrom('jobs')
    .select(['status', sql<ArtifactAccess>`coalesce(plan->>'artifactsAccess', 'all')`.as('access')])
    .where('id', '=', artifact.jobId)
    .forUpdate()
    .executeTakeFirst()
  if (!job || !working.includes(job.status)) return err({ code: 'forbidden', reason: 'Job is not running' })
  const before = await tx
    .selectFrom('job_artifacts')
    .select('sha256')
    .where('job_id', '=', artifact.jobId)
    .where('file_type', '=', artifact.type)
    .executeTakeFirst()
  if (before?.sha256 === artifact.sha256) return ok('stored_before')
  if (before) return err({ code: 'refused', sentence: 'another artifact of the same type already exists' })
  if (!(await keepBlob(tx, artifact.blob))) return err({ code: 'refused', sentence: 'The upload took too long' })
  await tx
    .insertInto('job_artifacts')
    .values({
      job_id: artifact.jobId,
      project_id: artifact.projectId,
      file_type: artifact.type,
      file_format: artifact.format,
      filename: artifact.filename,
      size: artifact.size,
      sha256: artifact.sha256,
      blob: artifact.blob,
      access: job.access,
      expire_at: artifact.expireAt,
    })
    .execute()
  const variables = artifact.variables.map((variable) => ({
    job_id: artifact.jobId,
    source: 'dotenv' as const,
    key: variable.key,
    value: variable.value,
  }))
  if (variables.length > 0) await tx.insertInto('job_variables').values(variables).execute()
  return ok('stored')
}

/** The archive of a job; null when there is none. */
export async function archiveOf(db: Db, jobId: number): Promise<Artifact | null> {
  const row = await db
    .selectFrom('job_artifacts')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('file_type', '=', 'archive')
    .executeTakeFirst()
  return row ?? null
}

/** The successful job of this name in the newest successful pipeline of a branch or tag; null when there is none. */
export async function latestJobWithArchive(
  db: Db,
  at: { readonly projectId: number; readonly ref: string; readonly job: string },
): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select j.id from jobs j join job_artifacts a on a.job_id = j.id and a.file_type = 'archive'
     where j.name = ${at.job} and j.status = 'success' and not j.retried
       and j.pipeline_id = (select i.id from pipelines i
                             where i.project_id = ${at.projectId} and i.ref = ${at.ref} and i.status = 'success'
                               and i.source <> 'parent_pipeline'
                             order by i.id desc limit 1)
     order by j.id desc limit 1`.execute(db)
  return rows[0]?.id ?? null
}

/** The artifacts of a job stay until somebody deletes them. Answers how many there are. */
export async function keepArtifacts(tx: Tx, jobId: number): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('job_artifacts')
    .set({ expire_at: null })
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** Answers the types that were deleted. */
export async function deleteArtifacts(tx: Tx, jobId: number): Promise<string[]> {
  const rows = await tx.deleteFrom('job_artifacts').where('job_id', '=', jobId).returning('file_type').execute()
  return rows.map((row) => row.file_type)
}
