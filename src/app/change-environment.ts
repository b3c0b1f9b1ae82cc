/** Creating, changing and deleting environments by hand (GitLab Environments API). */
import { writeAudit } from '../db/audit.ts'
import { environmentEntry } from '../db/environment-audit.ts'
import { pipelinesAtWork, tierIsOthers } from '../db/environment-life.ts'
import {
  deleteEnvironment as deleteRow,
  type Environment,
  type EnvironmentChanges,
  findEnvironmentByName,
  insertEnvironment,
  lockEnvironment,
  updateEnvironment as updateRow,
} from '../db/environments.ts'
import { leasePipeline } from '../db/lease.ts'
import { mayDeploy } from '../db/may-deploy.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { environmentNameRefusal, externalUrlRefusal, tierOf } from '../domain/environment.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'

const notFound: Refusal = { code: 'not_found', what: null }
const descriptionLimit = 10_000

/** Creates an environment; the tier follows from the name unless it is given. */
export async function createEnvironment(
  app: App,
  actor: Actor,
  wanted: EnvironmentChanges & { readonly projectId: number; readonly name: string },
): Promise<Result<Environment, Refusal>> {
  const nameProblem = environmentNameRefusal(wanted.name)
  const errors = { ...(nameProblem ? { name: [nameProblem] } : {}), ...problemsOf(wanted) }
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  return inTransaction(app.db, async (tx) => {
    const made = await insertEnvironment(tx, {
      projectId: wanted.projectId,
      name: wanted.name,
      tier: wanted.tier ?? tierOf(wanted.name),
      externalUrl: wanted.externalUrl || null,
      autoStopAt: null,
      autoStopSetting: wanted.autoStopSetting ?? 'always',
      description: wanted.description || null,
    })
    if (!made) {
      const taken = await findEnvironmentByName(tx, wanted.projectId, wanted.name)
      return err({ code: 'invalid', errors: { [taken ? 'name' : 'slug']: ['has already been taken'] } })
    }
    await writeAudit(tx, environmentEntry('created', null, made), authorOf(actor))
    return ok(made)
  })
}

/**
 * Changes an environment. Only for people whom its protection lets in: GitLab leaves that out here, though it holds for stopping
 * and deleting. And a tier that a group protects is changed by that group's Owners alone, or any Developer could take an
 * environment out of the group's protection.
 */
export async function updateEnvironment(
  app: App,
  actor: Actor,
  place: { readonly projectId: number; readonly id: number },
  changes: EnvironmentChanges,
): Promise<Result<Environment, Refusal>> {
  const errors = problemsOf(changes)
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  return inTransaction(app.db, async (tx) => {
    const before = await lockEnvironment(tx, place.projectId, place.id)
    if (!before) return err(notFound)
    if (!(await mayDeploy(tx, actor.userId, before.id))) return err({ code: 'forbidden' })
    const moves = changes.tier !== undefined && changes.tier !== before.tier
    if (moves && (await tierIsOthers(tx, actor.userId, before.id))) {
      return err({ code: 'forbidden', reason: 'Only an Owner of the group that protects this tier can change it' })
    }
    const after = await updateRow(tx, before.id, {
      ...changes,
      externalUrl: changes.externalUrl === undefined ? undefined : changes.externalUrl || null,
      description: changes.description === undefined ? undefined : changes.description || null,
    })
    await writeAudit(tx, environmentEntry('updated', before, after), authorOf(actor))
    return ok(after)
  })
}

/** Deletes a stopped environment, with its deployments. A job that still waits to deploy there fails when it starts. */
export async function deleteEnvironment(
  app: App,
  actor: Actor,
  place: { readonly projectId: number; readonly id: number },
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    // Leases before rows (db/lease.ts): a vote or a runner at work on one of the deployments finishes first.
    for (const pipelineId of await pipelinesAtWork(tx, place.id)) await leasePipeline(tx, pipelineId)
    const environment = await lockEnvironment(tx, place.projectId, place.id)
    if (!environment) return err(notFound)
    const allowed = environment.state === 'stopped' && (await mayDeploy(tx, actor.userId, environment.id))
    if (!allowed) return err({ code: 'forbidden' })
    await deleteRow(tx, environment.id)
    await writeAudit(tx, environmentEntry('deleted', environment, null), authorOf(actor))
    return ok(undefined)
  })
}

function problemsOf({ externalUrl, description }: EnvironmentChanges): Record<string, string[]> {
  const url = externalUrl ? externalUrlRefusal(externalUrl) : null
  return {
    ...(url ? { external_url: [url] } : {}),
    ...(description && description.length > descriptionLimit
      ? { description: [`is too long (maximum is ${descriptionLimit} characters)`] }
      : {}),
  }
}
