/** What time does to environments; run by a timer (GitLab: hourly). */
import { findActor } from '../db/actors.ts'
import { systemAuthor, writeAudit } from '../db/audit.ts'
import { environmentEntry } from '../db/environment-audit.ts'
import { dueEnvironments, type StopJob, stopJobsOf } from '../db/environment-life.ts'
import { deleteEnvironment, lockEnvironment, setEnvironmentState } from '../db/environments.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { App } from './context.ts'
import { stopByTimer, stopJobs } from './stop-environment.ts'

/**
 * Stops environments whose timer ran out, starts stop jobs that a crash left waiting, opens environments again that have been
 * stopping for a week, and deletes review apps whose week is over. Safe to run anywhere, any time, twice at once.
 */
export async function tendEnvironments(app: App): Promise<void> {
  const due = await dueEnvironments(app.db, app.now())
  const ownUser = async (job: StopJob): Promise<Actor | null> =>
    job.userId === null ? null : findActor(app.db, job.userId)
  for (const place of due.toStop) await stopByTimer(app, place, ownUser)
  for (const { id } of due.toResume) {
    const waiting = (await stopJobsOf(app.db, id)).filter((job) => job.waits)
    await stopJobs(app, waiting, ownUser)
  }
  for (const place of due.toReopen) await reopen(app, place)
  for (const place of due.toDelete) await deleteDue(app, place)
}

async function reopen(app: App, place: { projectId: number; id: number }): Promise<void> {
  await inTransaction(app.db, async (tx) => {
    const before = await lockEnvironment(tx, place.projectId, place.id)
    if (before?.state !== 'stopping') return
    await setEnvironmentState(tx, before.id, 'available')
    await writeAudit(tx, environmentEntry('started', before, { ...before, state: 'available' }), systemAuthor)
  })
}

async function deleteDue(app: App, place: { projectId: number; id: number }): Promise<void> {
  await inTransaction(app.db, async (tx) => {
    const environment = await lockEnvironment(tx, place.projectId, place.id)
    // Started again meanwhile: it is wanted.
    if (environment?.state !== 'stopped' || environment.auto_delete_at === null) return
    await deleteEnvironment(tx, environment.id)
    await writeAudit(tx, environmentEntry('deleted', environment, null), systemAuthor)
  })
}
