/** Changes what a runner takes, and which projects it serves (GitLab Runners API). */
import { writeAudit } from '../db/audit.ts'
import { lockRunner, runnerOwners, serveProject, stopServing, updateRunner } from '../db/runner-changes.ts'
import type { Runner } from '../db/runners.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import { notify } from '../db/wake.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { runnerProblems } from '../domain/runner-rules.ts'
import { type App, authorOf } from './context.ts'
import { runnerScopes } from './runner-scope.ts'

export type RunnerChanges = Partial<
  Pick<
    Runner,
    | 'description'
    | 'maintenance_note'
    | 'paused'
    | 'locked'
    | 'run_untagged'
    | 'access_level'
    | 'maximum_timeout'
    | 'tag_list'
  >
>

const notFound: Refusal = { code: 'not_found', what: null }

/** From the commit on a paused runner gets nothing, and one that takes more is asked at once. */
export async function changeRunner(
  app: App,
  actor: Actor,
  runnerId: number,
  changes: RunnerChanges,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const runner = await lockRunner(tx, runnerId)
    if (!runner) return err(notFound)
    const after = { ...runner, ...changes }
    const errors = runnerProblems({
      description: after.description,
      maintenanceNote: after.maintenance_note,
      tags: after.tag_list,
      runUntagged: after.run_untagged,
      maximumTimeout: after.maximum_timeout,
    })
    if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
    const changed = differences(runner, changes)
    if (changed === null) return ok(undefined)
    await updateRunner(tx, runnerId, changes)
    const target = { type: 'Ci::Runner', id: runnerId, details: after.description ?? '' }
    const scopes = runnerScopes(runner.runner_type, await runnerOwners(tx, runner))
    const entries = scopes.map((entity) => ({ event: 'ci_runner_updated', entity, target, details: changed }))
    await writeAudit(tx, entries, authorOf(actor))
    await notify(tx, 'jobs')
    return ok(undefined)
  })
}

/** Field → before and after; null when nothing changes. */
function differences(runner: Runner, changes: RunnerChanges): Readonly<Record<string, unknown>> | null {
  const changed = (Object.keys(changes) as (keyof RunnerChanges)[]).filter(
    (field) => JSON.stringify(runner[field]) !== JSON.stringify(changes[field]),
  )
  if (changed.length === 0) return null
  return Object.fromEntries(changed.map((field) => [field, { from: runner[field], to: changes[field] }]))
}

/** Lets a project runner serve one more project. The caller has asked who may. */
export async function enableRunner(
  app: App,
  actor: Actor,
  runnerId: number,
  projectId: number,
): Promise<Result<void, Refusal>> {
  const work = inTransaction(app.db, async (tx) => {
    const runner = await lockRunner(tx, runnerId)
    if (runner?.runner_type !== 'project_type') return err(notFound)
    await serveProject(tx, runnerId, projectId)
    const target = { type: 'Ci::Runner', id: runnerId, details: runner.description ?? '' }
    const entity = { type: 'Project' as const, id: projectId }
    const entry = { event: 'ci_runner_assigned_to_project', entity, target, details: {} }
    await writeAudit(tx, [entry], authorOf(actor))
    await notify(tx, 'jobs')
    return ok(undefined)
  })
  return refuseTaken(work, {
    runner_projects_pkey: { code: 'invalid', errors: { runner_id: ['has already been taken'] } },
  })
}

/** The last project of a runner stays: a runner that nobody owns could not be found again. */
export async function disableRunner(
  app: App,
  actor: Actor,
  runnerId: number,
  projectId: number,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const runner = await lockRunner(tx, runnerId)
    const projects = runner?.runner_type === 'project_type' ? await runnerOwners(tx, runner) : []
    if (!runner || !projects.includes(projectId)) return err({ code: 'not_found', what: 'Runner' })
    if (projects.length === 1) {
      const reason = 'Only one project associated with the runner. Please remove the runner instead'
      return err({ code: 'forbidden', reason })
    }
    await stopServing(tx, runnerId, projectId)
    const target = { type: 'Ci::Runner', id: runnerId, details: runner.description ?? '' }
    const entity = { type: 'Project' as const, id: projectId }
    const entry = { event: 'ci_runner_unassigned_from_project', entity, target, details: {} }
    await writeAudit(tx, [entry], authorOf(actor))
    return ok(undefined)
  })
}
