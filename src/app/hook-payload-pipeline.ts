/** Pipeline events (GitLab docs, Pipeline events). */
import { type JobRow, jobRowsByIds } from '../db/job-rows.ts'
import { findPipeline, pipelineVariables } from '../db/pipeline-rows.ts'
import {
  environmentTiers,
  type HookPipelineExtras,
  hookJobIds,
  hookPerson,
  hookPipelineExtras,
  hookProject,
  runnerTags,
} from '../db/webhook-facts.ts'
import { detailedStatus } from '../domain/detailed-status.ts'
import type { Tier } from '../domain/environment.ts'
import { completedPipelineStatuses, type PipelineStatus } from '../domain/pipeline.ts'
import type { HookPayload, HookValue } from '../domain/webhook.ts'
import { readCommit } from '../git/object-reader.ts'
import type { App } from './context.ts'
import { commitAttrs, projectAttrs, railsTime, secondsBetween, userAttrs, webUrl } from './hook-attrs.ts'
import { type TellableEvent, textOf } from './hook-payload.ts'
import { runnerAttrs } from './hook-payload-job.ts'

export async function pipelinePayload(app: App, event: TellableEvent): Promise<HookPayload | null> {
  const id = event.subject_id
  const [project, pipeline, extras] = await Promise.all([
    hookProject(app.db, event.project_id),
    findPipeline(app.db, event.project_id, id),
    hookPipelineExtras(app.db, id),
  ])
  if (!project || !pipeline || !extras) return null
  const [user, variables, jobs, commit] = await Promise.all([
    pipeline.person && hookPerson(app.db, pipeline.person.id),
    pipelineVariables(app.db, id),
    jobsOf(app, id),
    (await app.repositories.exists(project.id)) ? readCommit(app.repositories.open(project.id), pipeline.sha) : null,
  ])
  if (user?.state === 'blocked') return null
  const status = (textOf(event.details['status']) ?? pipeline.status) as PipelineStatus
  const started = textOf(event.details['started_at'])
  const over = completedPipelineStatuses.includes(status)
  return {
    object_kind: 'pipeline',
    object_attributes: {
      id: pipeline.id,
      iid: pipeline.iid,
      name: pipeline.name,
      ref: pipeline.ref,
      tag: pipeline.tag,
      sha: pipeline.sha,
      before_sha: pipeline.before_sha,
      source: pipeline.source,
      status,
      detailed_status: detailedStatus(status, pipeline.has_warnings).label,
      stages: extras.stages,
      created_at: railsTime(pipeline.created_at),
      finished_at: railsTime(textOf(event.details['finished_at'])),
      duration: over && pipeline.run_seconds !== null ? Math.round(pipeline.run_seconds) : null,
      queued_duration: started && Math.round(secondsBetween(pipeline.created_at, started) ?? 0),
      protected_ref: extras.protected,
      variables: variables.map(({ key, value }) => ({ key, value })),
      url: `${webUrl(app, project.full_path)}/-/pipelines/${pipeline.id}`,
    },
    merge_request: null,
    user: user && userAttrs(user),
    project: projectAttrs(app, project, { backward: false }),
    commit: commit && commitAttrs(app, project, commit),
    ...(extras.source ? { source_pipeline: sourcePipelineAttrs(app, extras.source) } : {}),
    builds: jobs,
  }
}

/** The pipeline whose trigger job made this one. */
export function sourcePipelineAttrs(app: App, source: NonNullable<HookPipelineExtras['source']>) {
  return {
    project: {
      id: source.project_id,
      web_url: webUrl(app, source.full_path),
      path_with_namespace: source.full_path,
    },
    job_id: source.job_id,
    pipeline_id: source.pipeline_id,
  } satisfies HookPayload
}

async function jobsOf(app: App, pipelineId: number): Promise<HookValue[]> {
  const ids = await hookJobIds(app.db, pipelineId)
  const rows = await jobRowsByIds(app.db, ids)
  const found = ids.flatMap((id) => rows.get(id) ?? [])
  const [tags, tiers] = await Promise.all([
    runnerTags(app.db, [...new Set(found.flatMap((job) => job.runner?.id ?? []))]),
    environmentTiers(app.db, [...new Set(found.flatMap((job) => job.environment?.id ?? []))]),
  ])
  return found.map((job) => jobAttrs(job, tags, tiers))
}

function jobAttrs(
  job: JobRow,
  tags: ReadonlyMap<number, readonly string[]>,
  tiers: ReadonlyMap<number, Tier>,
): HookPayload {
  const archive = job.artifacts.find((artifact) => artifact.file_type === 'archive')
  return {
    id: job.id,
    stage: job.stage,
    name: job.name,
    status: job.status,
    created_at: railsTime(job.created_at),
    started_at: railsTime(job.started_at),
    finished_at: railsTime(job.finished_at),
    duration: secondsBetween(job.started_at, job.finished_at),
    queued_duration: secondsBetween(job.queued_at, job.started_at),
    failure_reason: job.status === 'failed' ? (job.failure_reason ?? 'unknown_failure') : null,
    when: job.when,
    manual: job.when === 'manual' || job.when === 'delayed',
    allow_failure: job.allow_failure,
    user: job.person && userAttrs(job.person),
    runner: job.runner && runnerAttrs(job.runner, tags.get(job.runner.id)),
    artifacts_file: { filename: archive?.filename ?? null, size: archive?.size ?? null },
    environment: job.environment && {
      name: job.environment.name,
      action: job.environment_action ?? 'start',
      deployment_tier: tiers.get(job.environment.id) ?? null,
    },
  }
}
