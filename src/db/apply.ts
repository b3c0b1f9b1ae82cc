/**
 * Turns the changes of a decision into SQL. The only writer of status columns: every move is an update that must still find the
 * status it was decided from, and writes its own audit row in the same transaction. What webhooks tell of it is queued there too.
 */
import { sql } from 'kysely'
import type { Change } from '../domain/change.ts'
import { completedJobStatuses } from '../domain/job.ts'
import { type AuditAuthor, type AuditEntry, writeAudit } from './audit.ts'
import type { Tx } from './open.ts'
import { recordVote } from './votes.ts'
import { notify } from './wake.ts'
import { deploymentEvent, jobEvent, pipelineEvent } from './webhook-events.ts'
import { type HookEvent, hooked, queueEvents } from './webhook-queue.ts'

/** A status was no longer what the decision saw. The transaction must be rolled back; it never happens under the lease. */
export class StaleDecision extends Error {}

type Moved<K extends Change['kind']> = Extract<Change, { kind: K }>

/** What one change leaves behind besides itself. */
export interface Trace {
  /** Null: told with the change that caused it. */
  readonly audit: AuditEntry | null
  /** Null: no webhook asks for it. */
  readonly event: HookEvent | null
}

/** Applies changes in order. All of one pipeline's changes happen under its lease (db/lease.ts). */
export async function apply(tx: Tx, changes: readonly Change[], author: AuditAuthor): Promise<void> {
  const traces: Trace[] = []
  for (const change of changes) traces.push(await applyOne(tx, change))
  const audit = traces.flatMap((trace) => trace.audit ?? [])
  await writeAudit(tx, audit, author)
  await queueEvents(
    tx,
    traces.flatMap((trace) => trace.event ?? []),
  )
}

async function applyOne(tx: Tx, change: Change): Promise<Trace> {
  switch (change.kind) {
    case 'job_moved':
      return moveJob(tx, change)
    case 'deployment_moved':
      return moveDeployment(tx, change)
    case 'pipeline_moved':
      return movePipeline(tx, change)
    case 'vote_recorded':
    case 'vote_changed':
    case 'vote_refiled':
      return recordVote(tx, change)
  }
}

/** A trigger job that runs again is not over any more. */
const unfinished = { finished_at: null, failure_reason: null, failure_message: null }

async function moveJob(tx: Tx, { jobId, from, to, set }: Moved<'job_moved'>): Promise<Trace> {
  const over = completedJobStatuses.includes(to)
  const row = await tx
    .updateTable('jobs')
    .set({
      status: to,
      updated_at: sql`now()`,
      ...(to === 'pending' ? { queued_at: sql<Date>`now()`, ...unfinished } : {}),
      ...(to === 'running' ? { started_at: sql<Date>`now()`, contacted_at: sql<Date>`now()`, assigned_at: null } : {}),
      ...(over ? { finished_at: sql<Date>`now()`, assigned_at: null } : {}),
      // A token opens doors only from hand-over to completion.
      ...(over || to === 'manual' ? { token_digest: null, assigned_at: null } : {}),
      ...(set.when ? { when: set.when } : {}),
      ...(set.userId === undefined ? {} : { user_id: set.userId }),
      ...(set.failureReason ? { failure_reason: set.failureReason } : {}),
      ...(set.failureMessage ? { failure_message: set.failureMessage } : {}),
      ...(set.exitCode === undefined ? {} : { exit_code: set.exitCode }),
      ...(set.allowFailure === undefined ? {} : { allow_failure: set.allowFailure }),
      ...(set.scheduledAt ? { scheduled_at: set.scheduledAt } : {}),
      ...(set.enqueueImmediately === undefined ? {} : { enqueue_immediately: set.enqueueImmediately }),
    })
    .where('id', '=', jobId)
    .where('status', '=', from)
    .returning(['project_id', 'name', 'is_bridge', 'queued_at', 'started_at', 'finished_at', 'failure_reason'])
    .returning(hooked('job', 'jobs.project_id').as('hooked'))
    .executeTakeFirst()
  if (!row) throw new StaleDecision(`job ${jobId} is no longer ${from}`)
  // Heard only after the commit. A wake-up that is lost costs a waiting runner one timer, never a job.
  if (to === 'pending') await notify(tx, row.is_bridge ? 'bridges' : 'jobs')
  const reason = set.failureReason ? { failure_reason: set.failureReason } : {}
  const audit: AuditEntry = {
    event: 'job_status_changed',
    entity: { type: 'Project', id: row.project_id },
    target: { type: 'Job', id: jobId, details: row.name },
    details: { from, to, ...reason },
  }
  // A job that gets its turn back is not a new one.
  return { audit, event: row.hooked && to !== 'created' ? jobEvent({ ...row, id: jobId, status: to }) : null }
}

async function moveDeployment(tx: Tx, { deploymentId, from, to }: Moved<'deployment_moved'>): Promise<Trace> {
  const finished = to === 'success' || to === 'failed' || to === 'canceled'
  const row = await tx
    .updateTable('deployments')
    .set({
      status: to,
      updated_at: sql`now()`,
      ...(to === 'running' ? { started_at: sql<Date>`now()` } : {}),
      ...(finished ? { finished_at: sql<Date>`now()` } : {}),
    })
    .where('id', '=', deploymentId)
    .where('status', '=', from)
    .returning(['project_id', 'iid', 'environment_id', 'updated_at'])
    .returning(hooked('deployment', 'deployments.project_id').as('hooked'))
    .executeTakeFirst()
  if (!row) throw new StaleDecision(`deployment ${deploymentId} is no longer ${from}`)
  const audit: AuditEntry = {
    event: 'deployment_status_changed',
    entity: { type: 'Project', id: row.project_id },
    target: { type: 'Deployment', id: deploymentId, details: `#${row.iid}` },
    details: { from, to, environment_id: row.environment_id },
  }
  return { audit, event: row.hooked ? deploymentEvent({ ...row, id: deploymentId, status: to }) : null }
}

async function movePipeline(tx: Tx, { pipelineId, from, to }: Moved<'pipeline_moved'>): Promise<Trace> {
  const over = completedJobStatuses.includes(to)
  const row = await tx
    .updateTable('pipelines')
    .set({
      status: to,
      updated_at: sql`now()`,
      finished_at: over ? sql<Date>`now()` : null,
      ...(to === 'running' ? { started_at: sql<Date>`coalesce(started_at, now())` } : {}),
    })
    .where('id', '=', pipelineId)
    .where('status', '=', from)
    .returning(['project_id', 'iid', 'upstream_job_id', 'started_at', 'finished_at'])
    .returning(hooked('pipeline', 'pipelines.project_id').as('hooked'))
    .executeTakeFirst()
  if (!row) throw new StaleDecision(`pipeline ${pipelineId} is no longer ${from}`)
  if (row.upstream_job_id !== null) await notify(tx, 'bridges')
  const audit: AuditEntry = {
    event: 'pipeline_status_changed',
    entity: { type: 'Project', id: row.project_id },
    target: { type: 'Pipeline', id: pipelineId, details: `#${row.iid}` },
    details: { from, to },
  }
  return { audit, event: row.hooked ? pipelineEvent({ ...row, id: pipelineId, status: to }) : null }
}
