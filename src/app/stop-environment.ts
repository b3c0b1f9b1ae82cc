/** Stopping environments, and starting the jobs that take them down (GitLab docs, "Stopping an environment"). */
import { type AuditAuthor, systemAuthor, writeAudit } from '../db/audit.ts'
import { environmentEntry } from '../db/environment-audit.ts'
import { type StopJob, staleEnvironments, stopJobsOf } from '../db/environment-life.ts'
import { type Environment, findEnvironment, lockEnvironment, setEnvironmentState } from '../db/environments.ts'
import { mayDeploy } from '../db/may-deploy.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { stateAfterStop } from '../domain/environment.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { playJob } from './play-job.ts'

interface Place {
  readonly projectId: number
  readonly id: number
}

/**
 * Stops an environment for a person: 403 for those its protection keeps out. An environment that is stopped or stopping already
 * stays as it is and is answered all the same.
 */
export async function stopEnvironment(
  app: App,
  actor: Actor,
  place: Place,
  force: boolean,
): Promise<Result<Environment, Refusal>> {
  const stopped = await inTransaction(app.db, async (tx): Promise<Result<readonly StopJob[], Refusal>> => {
    const before = await lockEnvironment(tx, place.projectId, place.id)
    if (!before) return err({ code: 'not_found', what: null })
    if (!(await mayDeploy(tx, actor.userId, before.id))) return err({ code: 'forbidden' })
    return ok(await stopLocked(tx, before, force, authorOf(actor)))
  })
  if (!stopped.ok) return stopped
  await stopJobs(app, stopped.value, () => actor)
  const after = await findEnvironment(app.db, place.projectId, place.id)
  return after ? ok(after) : err({ code: 'not_found', what: null })
}

/** Stops an environment whose time has come: its stop jobs run as their own users, and not at all when those may not act. */
export async function stopByTimer(
  app: App,
  place: Place,
  actorOf: (job: StopJob) => Promise<Actor | null>,
): Promise<void> {
  const jobs = await inTransaction(app.db, async (tx) => {
    const before = await lockEnvironment(tx, place.projectId, place.id)
    return before ? stopLocked(tx, before, false, systemAuthor) : []
  })
  await stopJobs(app, jobs, actorOf)
}

/** Stops what was neither changed nor deployed to since `before`. Protected environments stay (GitLab "Stop stale environments"). */
export async function stopStaleEnvironments(app: App, actor: Actor, projectId: number, before: Date): Promise<void> {
  for (const { id } of await staleEnvironments(app.db, projectId, before)) {
    await stopEnvironment(app, actor, { projectId, id }, false)
  }
}

/** Starts stop jobs through the same gate as a person who presses play; those that cannot be started stay as they are. */
export async function stopJobs(
  app: App,
  jobs: readonly StopJob[],
  actorOf: (job: StopJob) => Actor | null | Promise<Actor | null>,
): Promise<void> {
  for (const job of jobs) {
    const actor = await actorOf(job)
    if (actor) await playJob(app, actor, { jobId: job.id, pipelineId: job.pipelineId, variables: [] })
  }
}

/** Answers the jobs to start after the commit. A crash between the two is made good by tend-environments.ts. */
async function stopLocked(
  tx: Tx,
  before: Environment,
  force: boolean,
  author: AuditAuthor,
): Promise<readonly StopJob[]> {
  const jobs = force ? [] : await stopJobsOf(tx, before.id)
  const state = stateAfterStop(
    { state: before.state, autoStopSetting: before.auto_stop_setting },
    { force, hasStopJobs: jobs.length > 0 },
  )
  if (state === null) return []
  await setEnvironmentState(tx, before.id, state)
  await writeAudit(tx, environmentEntry('stopped', before, { ...before, state }), author)
  return jobs
}
