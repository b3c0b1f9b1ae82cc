/** Job events (GitLab docs, Job events). */
import { type JobRow, jobRowsByIds } from '../db/job-rows.ts'
import { findPipeline } from '../db/pipeline-rows.ts'
import { hookPipelineExtras, hookProject, runnerTags } from '../db/webhook-facts.ts'
import { completedPipelineStatuses } from '../domain/pipeline.ts'
import type { HookPayload } from '../domain/webhook.ts'
import { readCommit } from '../git/object-reader.ts'
import type { App } from './context.ts'
import { projectAttrs, railsTime, repositoryAttrs, secondsBetween, userAttrs } from './hook-attrs.ts'
import { type TellableEvent, textOf } from './hook-payload.ts'
import { sourcePipelineAttrs } from './hook-payload-pipeline.ts'

/** Null also when the job's user is blocked: GitLab tells nothing of their jobs. */
export async function jobPayload(app: App, event: TellableEvent): Promise<HookPayload | null> {
  const [project, rows] = await Promise.all([
    hookProject(app.db, event.project_id),
    jobRowsByIds(app.db, [event.subject_id]),
  ])
  const job = rows.get(event.subject_id)
  if (!project || !job || job.person?.state === 'blocked') return null
  const [pipeline, extras, tags, commit] = await Promise.all([
    findPipeline(app.db, project.id, job.pipeline_id),
    hookPipelineExtras(app.db, job.pipeline_id),
    runnerTags(app.db, job.runner ? [job.runner.id] : []),
    commitOf(app, project.id, job.sha),
  ])
  if (!pipeline || !extras) return null
  const { details } = event
  const times = {
    queued: textOf(details['queued_at']),
    started: textOf(details['started_at']),
    finished: textOf(details['finished_at']),
  }
  const started = pipeline.started_at?.toISOString() ?? null
  const finished = pipeline.finished_at?.toISOString() ?? null
  return {
    object_kind: 'build',
    ref: job.ref,
    tag: job.tag,
    before_sha: pipeline.before_sha,
    sha: job.sha,
    retries_count: await retriesOf(app, job),
    build_id: job.id,
    build_name: job.name,
    build_stage: job.stage,
    build_status: textOf(details['status']),
    build_created_at: railsTime(job.created_at),
    build_created_at_iso: isoSeconds(job.created_at),
    build_started_at: railsTime(times.started),
    build_started_at_iso: isoSeconds(times.started),
    build_finished_at: railsTime(times.finished),
    build_finished_at_iso: isoSeconds(times.finished),
    build_duration: secondsBetween(times.started, times.finished),
    build_queued_duration: secondsBetween(times.queued, times.started),
    build_allow_failure: job.allow_failure,
    build_failure_reason: textOf(details['failure_reason']) ?? 'unknown_failure',
    pipeline_id: job.pipeline_id,
    runner: times.started && job.runner ? runnerAttrs(job.runner, tags.get(job.runner.id)) : null,
    project_id: project.id,
    project_name: `${project.namespace_full_name} / ${project.name}`,
    user: job.person && userAttrs(job.person),
    commit: {
      id: pipeline.id,
      name: pipeline.name,
      sha: pipeline.sha,
      message: commit?.message ?? null,
      author_name: commit?.author.name ?? null,
      author_email: commit?.author.email ?? null,
      author_url: commit ? `mailto:${commit.author.email}` : null,
      status: pipeline.status,
      duration:
        completedPipelineStatuses.includes(pipeline.status) && pipeline.run_seconds !== null
          ? Math.round(pipeline.run_seconds)
          : null,
      started_at: railsTime(started),
      started_at_iso: isoSeconds(started),
      finished_at: railsTime(finished),
      finished_at_iso: isoSeconds(finished),
    },
    repository: repositoryAttrs(app, project),
    project: projectAttrs(app, project, { backward: false }),
    environment: job.environment && { name: job.environment.name, action: job.environment_action ?? 'start' },
    ...(extras.source ? { source_pipeline: sourcePipelineAttrs(app, extras.source) } : {}),
  }
}

/** A runner as pipeline and job events describe it. */
export function runnerAttrs(runner: NonNullable<JobRow['runner']>, tags: readonly string[] = []) {
  return {
    id: runner.id,
    description: runner.description,
    runner_type: runner.runner_type,
    active: !runner.paused,
    is_shared: runner.runner_type === 'instance_type',
    tags,
  } satisfies HookPayload
}

function isoSeconds(date: Date | string | null): string | null {
  return date === null ? null : `${new Date(date).toISOString().slice(0, 19)}Z`
}

/** How many jobs of this name came before in the pipeline. */
async function retriesOf(app: App, job: JobRow): Promise<number> {
  const { count } = await app.db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('pipeline_id', '=', job.pipeline_id)
    .where('name', '=', job.name)
    .where('id', '<', job.id)
    .executeTakeFirstOrThrow()
  return count
}

async function commitOf(app: App, projectId: number, sha: string) {
  return (await app.repositories.exists(projectId)) ? readCommit(app.repositories.open(projectId), sha) : null
}
