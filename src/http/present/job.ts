/** Jobs as the API shows them (GitLab entities Job and Bridge). */
import type { App } from '../../app/context.ts'
import type { BridgeEntity, JobEntity } from '../../contract/jobs.ts'
import { type JobRow, jobRowsByIds } from '../../db/job-rows.ts'
import type { ServedProject } from '../../db/runner-serves.ts'
import { stuckReason } from '../../domain/stuck.ts'
import type { Commit } from '../../git/commit-object.ts'
import { readCommits } from '../../git/object-reader.ts'
import { presentCommit } from './commit.ts'
import { presentPipelineBasic } from './pipeline.ts'
import { presentProjectIdentity, presentRunner, presentRunnerManager } from './runner.ts'
import { presentUser, presentUserBasic } from './user.ts'

/** Jobs by id, ready for {@link presentJobs}; those that do not exist are left out. */
export async function jobsById(app: App, ids: readonly number[]): Promise<Map<number, JobRow>> {
  return jobRowsByIds(app.db, ids)
}

/** Jobs in the same order; the commits of all of them are read together. */
export async function presentJobs(app: App, rows: readonly JobRow[]): Promise<JobEntity[]> {
  const commits = await commitsOf(app, rows)
  return rows.map((row) => presentOne(app, row, commits))
}

export async function presentJob(app: App, row: JobRow): Promise<JobEntity> {
  return presentOne(app, row, await commitsOf(app, [row]))
}

/** Trigger jobs in the same order. */
export async function presentBridges(app: App, rows: readonly JobRow[]): Promise<BridgeEntity[]> {
  const commits = await commitsOf(app, rows)
  return rows.map((row) => ({
    ...presentBasic(app, row, commits),
    downstream_pipeline: row.downstream && presentPipelineBasic(app, row.downstream),
  }))
}

/** Jobs with their projects (GitLab's JobBasicWithProject); those whose project is gone are left out. */
export async function presentJobsOfProjects(
  app: App,
  rows: readonly JobRow[],
  projects: ReadonlyMap<number, ServedProject>,
) {
  const commits = await commitsOf(app, rows)
  return rows.flatMap((row) => {
    const project = projects.get(row.project_id)
    return project ? [{ ...presentBasic(app, row, commits), project: presentProjectIdentity(project) }] : []
  })
}

function presentOne(app: App, row: JobRow, commits: ReadonlyMap<string, Commit>): JobEntity {
  const archive = row.artifacts.find((artifact) => artifact.file_type === 'archive')
  // Of what is gone, too: a job that needs it says why it fails.
  const expireAt = row.artifacts.find((artifact) => artifact.expire_at !== null)?.expire_at ?? row.artifacts_expired_at
  const stuck = row.queued
    ? stuckReason({ tags: row.tags, hasRunner: row.has_runner, hasRunnerOnline: row.has_runner_online })
    : null
  return {
    ...presentBasic(app, row, commits),
    ...(archive ? { artifacts_file: { filename: archive.filename, size: archive.size } } : {}),
    artifacts: [
      ...row.artifacts.map(({ file_type, size, filename, file_format }) => ({
        file_type,
        size,
        filename,
        file_format,
      })),
      ...(row.log_blob === null
        ? []
        : [{ file_type: 'trace', size: row.log_size, filename: 'job.log', file_format: null }]),
    ],
    runner: row.runner && presentRunner(app, row.runner, row.runner_busy),
    runner_manager: row.manager && presentRunnerManager(app, row.manager, row.manager_busy),
    artifacts_expire_at: expireAt && new Date(expireAt).toISOString(),
    archived: false,
    tag_list: row.tags.toSorted(),
    stuck: stuck !== null,
    stuck_reason: stuck,
    environment: row.environment && { ...row.environment, action: row.environment_action ?? 'start' },
    retried: row.retried,
    erased_by: row.eraser && presentUserBasic(app, row.eraser),
  }
}

function presentBasic(app: App, row: JobRow, commits: ReadonlyMap<string, Commit>) {
  const commit = commits.get(commitKey(row))
  return {
    id: row.id,
    status: row.status,
    stage: row.stage,
    name: row.name,
    ref: row.ref,
    tag: row.tag,
    coverage: row.coverage,
    allow_failure: row.allow_failure,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    erased_at: row.erased_at?.toISOString() ?? null,
    duration: seconds(app, row.started_at, row.finished_at),
    queued_duration: seconds(app, row.queued_at, row.started_at ?? row.finished_at),
    user: row.person && presentUser(app, { ...row.person, created_at: new Date(row.person.created_at) }),
    commit: commit ? presentCommit(app, row.project_path, commit) : null,
    pipeline: presentPipelineBasic(app, row.pipeline),
    ...(row.status === 'failed' ? { failure_reason: row.failure_reason ?? 'unknown_failure' } : {}),
    ...(row.status === 'failed' && row.failure_message !== null ? { failure_message: row.failure_message } : {}),
    web_url: `${app.externalUrl}/${row.project_path}/-/jobs/${row.id}`,
    project: { ci_job_token_scope_enabled: false },
    source: row.pipeline.source,
  }
}

/** From one moment to another, or to now while the second has not come; null before the first. */
function seconds(app: App, from: Date | null, to: Date | null): number | null {
  if (from === null) return null
  return Math.max((to ?? app.now()).getTime() - from.getTime(), 0) / 1000
}

function commitKey(row: Pick<JobRow, 'project_id' | 'sha'>): string {
  return `${row.project_id} ${row.sha}`
}

/** Each commit once, one question per repository. A repository or commit that is gone leaves the field empty. */
async function commitsOf(app: App, rows: readonly JobRow[]): Promise<ReadonlyMap<string, Commit>> {
  const shas = Map.groupBy(rows, (row) => row.project_id)
  const read = [...shas].map(async ([projectId, ofProject]) => {
    if (!(await app.repositories.exists(projectId))) return []
    const wanted = [...new Set(ofProject.map((row) => row.sha))]
    const commits = await readCommits(app.repositories.open(projectId), wanted)
    return commits.map((commit): [string, Commit] => [commitKey({ project_id: projectId, sha: commit.sha }), commit])
  })
  return new Map((await Promise.all(read)).flat())
}
