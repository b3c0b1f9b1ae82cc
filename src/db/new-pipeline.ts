/** Inserting a pipeline and its jobs. */
import { sql } from 'kysely'
import type { JobPlan, PipelinePlan, Variable } from '../domain/plan.ts'
import type { Tx } from './open.ts'
import { jobEvent, pipelineEvent } from './webhook-events.ts'
import { asksFor, queueEvents } from './webhook-queue.ts'

export interface NewPipeline {
  readonly iid: number
  readonly request: {
    readonly project: { readonly id: number }
    readonly actor: { readonly userId: number }
    readonly ref: string
    readonly refType: 'branch' | 'tag'
    readonly sha: string
    readonly beforeSha: string
    readonly source: string
    readonly variables: readonly Variable[]
    readonly pushId?: number
    readonly upstream?: {
      readonly bridgeId: number | null
      readonly parentPipelineId: number | null
      readonly requesterId: number | null
    }
    readonly triggerId?: number
    readonly scheduleId?: number
  }
  readonly status: 'created' | 'failed' | 'skipped'
  readonly error: string | null
  readonly name: string | null
  readonly predefined: readonly Variable[]
  readonly refProtected: boolean
  readonly title: string
  readonly committedAt: Date
  readonly autoCancel: PipelinePlan['autoCancel']
}

export async function insertPipeline(tx: Tx, { request, ...pipeline }: NewPipeline): Promise<number> {
  const row = await tx
    .insertInto('pipelines')
    .values({
      iid: pipeline.iid,
      project_id: request.project.id,
      ref: request.ref,
      tag: request.refType === 'tag',
      sha: request.sha,
      before_sha: request.beforeSha,
      source: request.source,
      status: pipeline.status,
      user_id: request.actor.userId,
      requester_id: request.upstream?.requesterId ?? request.actor.userId,
      name: pipeline.name,
      yaml_errors: pipeline.error,
      failure_reason: pipeline.error === null ? null : 'config_error',
      protected: pipeline.refProtected,
      freeze: pipeline.predefined.some((variable) => variable.key === 'CI_DEPLOY_FREEZE'),
      auto_cancel_on_new_commit: pipeline.autoCancel.onNewCommit,
      auto_cancel_on_job_failure: pipeline.autoCancel.onJobFailure,
      commit_title: pipeline.title,
      predefined: JSON.stringify(pipeline.predefined),
      parent_pipeline_id: request.upstream?.parentPipelineId ?? null,
      upstream_job_id: request.upstream?.bridgeId ?? null,
      push_id: request.pushId ?? null,
      schedule_id: request.scheduleId ?? null,
      trigger_id: request.triggerId ?? null,
      committed_at: pipeline.committedAt,
      finished_at: pipeline.status === 'created' ? null : sql<Date>`now()`,
    })
    .returning(['id', 'project_id', 'status', 'started_at', 'finished_at'])
    .executeTakeFirstOrThrow()
  const { id } = row
  // Over before it began: no later change of its status will be told.
  if (pipeline.status !== 'created') await queueEvents(tx, [pipelineEvent(row)])
  const variables = request.variables.map(({ key, value, file, raw }) => ({
    pipeline_id: id,
    key,
    value,
    variable_type: file ? ('file' as const) : ('env_var' as const),
    raw,
  }))
  if (variables.length > 0) {
    await tx
      .insertInto('pipeline_variables')
      .values(variables)
      .onConflict((oc) => oc.doNothing())
      .execute()
  }
  return id
}

export interface NewJob {
  readonly pipelineId: number
  readonly projectId: number
  readonly plan: JobPlan
  readonly userId: number
  readonly environmentId: number | null
  readonly resourceGroupId: number | null
  /** Seconds. */
  readonly timeout: number
}

/** Inserts jobs in status `created`, in this order; answers their ids in the same order. */
export async function insertJobs(tx: Tx, jobs: readonly NewJob[]): Promise<number[]> {
  const ids: number[] = []
  for (let start = 0; start < jobs.length; start += 500) {
    const rows = await tx
      .insertInto('jobs')
      .values(jobs.slice(start, start + 500).map(jobRow))
      .returning('id')
      .execute()
    ids.push(...rows.map((row) => row.id))
  }
  // The driver answers inserted rows in the order of the values; identities grow with it.
  ids.sort((a, b) => a - b)
  const needs = jobs.flatMap(({ plan }, index) =>
    uniqueNeeds(plan).map((need) => ({
      job_id: ids[index] ?? 0,
      name: need.job,
      artifacts: need.artifacts,
      optional: need.optional,
    })),
  )
  for (let start = 0; start < needs.length; start += 2_000) {
    await tx
      .insertInto('job_needs')
      .values(needs.slice(start, start + 2_000))
      .execute()
  }
  await queueCreated(tx, jobs, ids)
  return ids
}

async function queueCreated(tx: Tx, jobs: readonly NewJob[], ids: readonly number[]): Promise<void> {
  const [first] = jobs
  if (!first || !(await asksFor(tx, first.projectId, 'job'))) return
  const events = jobs.map((job, index) => createdEvent(ids[index] ?? 0, job.projectId, job.plan.trigger !== null))
  await queueEvents(
    tx,
    events.flatMap((event) => event ?? []),
  )
}

/** A job of this moment. */
export function createdEvent(id: number, projectId: number, isBridge: boolean) {
  const times = { queued_at: null, started_at: null, finished_at: null, failure_reason: null }
  return jobEvent({ id, project_id: projectId, status: 'created', is_bridge: isBridge, ...times })
}

function jobRow({ plan, ...job }: NewJob) {
  return {
    pipeline_id: job.pipelineId,
    project_id: job.projectId,
    name: plan.name,
    stage: plan.stage,
    stage_index: plan.stageIndex,
    status: 'created' as const,
    when: plan.when,
    allow_failure: plan.allowFailure,
    plan: JSON.stringify(plan),
    is_bridge: plan.trigger !== null,
    environment_id: job.environmentId,
    environment_action: plan.environment?.action ?? null,
    user_id: job.userId,
    resource_group_id: job.resourceGroupId,
    tags: [...plan.tags],
    timeout: job.timeout,
  }
}

function uniqueNeeds(plan: JobPlan) {
  return [...new Map((plan.needs ?? []).map((need) => [need.job, need])).values()]
}
