/**
 * The lock order of everything that changes a status: the pipeline's lease, then deployment rows, then the protection that applies
 * (shared), then job rows. One writer at a time per pipeline, and no change of protection in between, make every decision's facts
 * stay true until it is applied.
 *
 * A transaction holds the lease of one pipeline. Its one exception is the lease of a pipeline that it inserts itself: nobody else can
 * know of it yet, so taking it never waits. What one pipeline owes another is done after the commit (db/errands.ts).
 */
import { sql } from 'kysely'
import type { Tx } from './open.ts'

/** Distinguishes these advisory locks from any other in the database. */
const leaseClass = 0x6373

/** Takes the pipeline's lease until the transaction ends, waiting for whoever has it. */
export async function leasePipeline(tx: Tx, pipelineId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(${leaseClass}, ${pipelineId}::int)`.execute(tx)
}

/** Takes the lease if it is free; used where another candidate will do as well. */
export async function tryLeasePipeline(tx: Tx, pipelineId: number): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(${leaseClass}, ${pipelineId}::int) as taken`.execute(tx)
  return rows[0]?.taken ?? false
}

/** Locks a deployment row, the first row lock of every vote. Null when it is gone. */
export async function lockDeployment(tx: Tx, deploymentId: number): Promise<{ job_id: number | null } | null> {
  const row = await tx
    .selectFrom('deployments')
    .select('job_id')
    .where('id', '=', deploymentId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row ?? null
}

/**
 * Keeps the protection of these jobs' or deployments' environments as it is until the transaction ends. Whoever changes
 * protection locks its row for update, so a rule never disappears between being counted and being used.
 */
export async function holdProtection(
  tx: Tx,
  of: { readonly jobId: number } | { readonly deploymentId: number },
): Promise<void> {
  const environment =
    'jobId' in of
      ? sql`select environment_id from jobs where id = ${of.jobId}`
      : sql`select environment_id from deployments where id = ${of.deploymentId}`
  await sql`
    select id from protected_environments
     where id in (select v.protected_environment_id from environment_protections v where v.environment_id = (${environment}))
     order by id for share`.execute(tx)
}
