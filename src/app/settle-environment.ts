/** What a successful job does to its environment: open with its URL and timer, or stopped (reference 4.6, 5.6). */
import { sql } from 'kysely'
import { parseDuration } from '../ci/duration.ts'
import type { Tx } from '../db/open.ts'
import type { App } from './context.ts'
import { expandForJob } from './job-variables.ts'

/** Updates the environment of a job that has just succeeded. */
export async function settleEnvironment(app: App, tx: Tx, jobId: number): Promise<void> {
  const job = await tx
    .selectFrom('jobs')
    .select(['plan', 'environment_id'])
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow()
  const plan = job.plan.environment
  if (!plan || job.environment_id === null) return
  if (plan.action === 'stop') {
    await tx
      .updateTable('environments')
      .set({ state: 'stopped', auto_stop_at: null, updated_at: sql`now()` })
      .where('id', '=', job.environment_id)
      .execute()
    return
  }
  const rearms = plan.action === 'start' || plan.action === 'prepare' || plan.action === 'access'
  const seconds = plan.autoStopIn === null || plan.autoStopIn === 'never' ? null : parseDuration(plan.autoStopIn)
  const url = plan.url === null ? null : await expandForJob(app, tx, jobId, plan.url)
  await tx
    .updateTable('environments')
    .set({
      updated_at: sql`now()`,
      ...(plan.action === 'start' ? { state: 'available' as const, auto_delete_at: null } : {}),
      ...(plan.action === 'start' && url !== null ? { external_url: url } : {}),
      ...(rearms && plan.autoStopIn !== null
        ? { auto_stop_at: seconds === null ? null : new Date(app.now().getTime() + seconds * 1000) }
        : {}),
    })
    .where('id', '=', job.environment_id)
    .execute()
}
