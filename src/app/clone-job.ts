/** A retried job is a new job with the same plan, and a new deployment without any vote (reference 2.11, A14). */
import { sql } from 'kysely'
import { insertDeployment } from '../db/deployments.ts'
import { createdEvent } from '../db/new-pipeline.ts'
import type { Tx } from '../db/open.ts'
import { hooked, queueEvents } from '../db/webhook-queue.ts'

export interface CloneRequest {
  readonly jobId: number
  /** The new job's user: whoever retries it, and so the new deployment's creator. */
  readonly userId: number | null
  readonly retries: number
  /** The runner's failure caused it, not a person. */
  readonly automatic: boolean
  /** A manual or delayed job runs at once when its turn comes, because this very job is wanted; else it waits as the first time. */
  readonly atOnce: boolean
}

/** Marks the old job as retried and inserts its successor in status `created`. The caller holds the lease and processes after. */
export async function cloneJob(tx: Tx, request: CloneRequest): Promise<number> {
  await tx.updateTable('jobs').set({ retried: true }).where('id', '=', request.jobId).execute()
  const { rows } = await sql<{ id: number; project_id: number; is_bridge: boolean; hooked: boolean }>`
    insert into jobs (pipeline_id, project_id, name, stage, stage_index, status, "when", allow_failure, plan, is_bridge,
                      environment_id, environment_action, user_id, retry_of, retries, enqueue_immediately, resource_group_id, tags, timeout)
    select pipeline_id, project_id, name, stage, stage_index, 'created', plan->>'when', (plan->>'allowFailure')::boolean, plan, is_bridge,
           environment_id, environment_action, ${request.userId}::bigint, id, ${request.retries}, ${request.atOnce}, resource_group_id, tags, timeout
      from jobs where id = ${request.jobId}
    returning id, project_id, is_bridge, ${hooked('job', 'jobs.project_id')} as hooked`.execute(tx)
  const [made] = rows
  if (!made) throw new Error(`job ${request.jobId} is gone`)
  const { id } = made
  const event = made.hooked ? createdEvent(id, made.project_id, made.is_bridge) : null
  if (event) await queueEvents(tx, [event])
  await sql`insert into job_needs (job_id, name, artifacts, optional)
            select ${id}, name, artifacts, optional from job_needs where job_id = ${request.jobId}`.execute(tx)
  await sql`insert into job_variables (job_id, source, key, value)
            select ${id}, source, key, value from job_variables where job_id = ${request.jobId} and source = 'play'`.execute(
    tx,
  )
  await cloneDeployment(tx, request, id)
  return id
}

/** The new deployment's creator is the person who retries; an automatic retry keeps the first creator. */
async function cloneDeployment(tx: Tx, request: CloneRequest, newJobId: number): Promise<void> {
  const old = await tx.selectFrom('deployments').selectAll().where('job_id', '=', request.jobId).executeTakeFirst()
  if (!old) return
  await insertDeployment(tx, {
    projectId: old.project_id,
    environmentId: old.environment_id,
    pipelineId: old.pipeline_id,
    jobId: newJobId,
    userId: request.automatic ? old.user_id : request.userId,
    ref: old.ref,
    tag: old.tag,
    sha: old.sha,
    onStop: old.on_stop,
  })
}
