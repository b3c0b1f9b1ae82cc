/** Jobs as rows: hand-over to a runner, and what runner calls need to know. Status moves are in apply.ts alone. */
import { type Selectable, sql } from 'kysely'
import type { JobStatus } from '../domain/job.ts'
import type { JobInputPlan, JobPlan } from '../domain/plan.ts'
import { digestOf } from './digest.ts'
import type { Db, Tx } from './open.ts'
import type { JobTable } from './tables.ts'

export type Job = Selectable<JobTable>

/** Records that a runner was handed this pending job. It has not begun yet. */
export async function assignJob(
  tx: Tx,
  hand: {
    readonly jobId: number
    readonly token: string
    readonly runnerId: number
    readonly managerId: number | null
  },
): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({
      token_digest: digestOf(hand.token),
      runner_id: hand.runnerId,
      runner_manager_id: hand.managerId,
      assigned_at: sql<Date>`now()`,
      contacted_at: sql<Date>`now()`,
    })
    .where('id', '=', hand.jobId)
    .where('status', '=', 'pending')
    .execute()
}

export interface RunnersJob {
  readonly id: number
  readonly pipelineId: number
  readonly projectId: number
  readonly status: JobStatus
  readonly assigned: boolean
  readonly logSize: number
  /** The token is this job's, and the job is still with its runner. */
  readonly authentic: boolean
}

/** The job that a runner calls about, whether or not its token still holds. */
export async function runnersJob(db: Db, jobId: number, token: string): Promise<RunnersJob | null> {
  const row = await db
    .selectFrom('jobs')
    .select(['id', 'pipeline_id', 'project_id', 'status', 'assigned_at', 'log_size', 'token_digest'])
    .where('id', '=', jobId)
    .executeTakeFirst()
  if (!row) return null
  const working = ['pending', 'running', 'canceling'].includes(row.status)
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    projectId: row.project_id,
    status: row.status,
    assigned: row.assigned_at !== null,
    logSize: row.log_size,
    authentic: working && row.token_digest !== null && row.token_digest.equals(digestOf(token)),
  }
}

/** Null when there is no such job. */
export async function projectOfJob(db: Db, jobId: number): Promise<number | null> {
  const row = await db.selectFrom('jobs').select('project_id').where('id', '=', jobId).executeTakeFirst()
  return row?.project_id ?? null
}

/** What a job is to do. */
export async function planOfJob(db: Db, jobId: number): Promise<JobPlan> {
  const { plan } = await db.selectFrom('jobs').select('plan').where('id', '=', jobId).executeTakeFirstOrThrow()
  return plan
}

/** Replaces the inputs in a job's plan: the declared ones, with the values they have now. */
export async function setJobInputs(tx: Tx, jobId: number, inputs: readonly JobInputPlan[]): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ plan: sql<string>`jsonb_set(plan, '{inputs}', ${JSON.stringify(inputs)}::jsonb)` })
    .where('id', '=', jobId)
    .execute()
}

/** Notes a sign of life from the job's runner. */
export async function touchJob(tx: Tx, jobId: number): Promise<void> {
  await tx.updateTable('jobs').set({ contacted_at: sql<Date>`now()` }).where('id', '=', jobId).execute()
}

/** Undoes `assignJob` while the job is still pending. Answers whether it was. */
export async function unassignJob(tx: Tx, jobId: number): Promise<boolean> {
  const row = await tx
    .updateTable('jobs')
    .set({ token_digest: null, runner_id: null, runner_manager_id: null, assigned_at: null })
    .where('id', '=', jobId)
    .where('status', '=', 'pending')
    .where('assigned_at', 'is not', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
