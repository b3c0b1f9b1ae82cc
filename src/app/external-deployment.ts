/** Deployments recorded over the API by external tools (GitLab Deployments API, create and update). */
import { apply } from '../db/apply.ts'
import { insertDeployment } from '../db/deployments.ts'
import { deploymentFacts } from '../db/job-facts.ts'
import { lockDeployment } from '../db/lease.ts'
import { mayDeploy } from '../db/may-deploy.ts'
import type { Tx } from '../db/open.ts'
import type { Project } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import { decideExternalStart, decideExternalUpdate, type ExternalStatus } from '../domain/decide-external.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { resolve } from '../git/object-reader.ts'
import { lookupName } from '../git/refs.ts'
import { type App, authorOf } from './context.ts'
import { ensureEnvironment } from './ensure-environment.ts'

export interface ExternalDeployment {
  readonly project: Project
  readonly environment: string
  readonly ref: string
  readonly tag: boolean
  readonly sha: string
  readonly status: ExternalStatus
}

/** Answers the deployment's id: an existing one when the environment's last success is this very commit (GitLab is idempotent there). */
export async function createExternalDeployment(
  app: App,
  actor: Actor,
  wanted: ExternalDeployment,
): Promise<Result<number, Refusal>> {
  const repository = app.repositories.open(wanted.project.id)
  const named = await lookupName(repository, wanted.ref)
  if (!named.branch && !named.tag && !named.commit) {
    return err({ code: 'invalid', errors: { ref: ['The branch or tag does not exist'] } })
  }
  const sha = /^[0-9a-f]{4,40}$/i.test(wanted.sha) ? await resolve(repository, wanted.sha) : null
  return inTransaction(app.db, async (tx) => {
    const environment = await ensureEnvironment(tx, {
      projectId: wanted.project.id,
      name: wanted.environment,
      tier: null,
      externalUrl: null,
      autoStopAt: null,
    })
    if ('invalid' in environment)
      return err({ code: 'invalid', errors: { name: [environment.invalid.replace(/^Name /, '')] } })
    if (!(await mayDeploy(tx, actor.userId, environment.id))) return err({ code: 'forbidden' })
    if (sha === null) return err({ code: 'invalid', errors: { sha: ['The commit does not exist'] } })
    const same = await currentDeployment(tx, environment.id, { ...wanted, sha })
    if (same !== null) return ok(same)
    const id = await insertDeployment(tx, {
      projectId: wanted.project.id,
      environmentId: environment.id,
      pipelineId: null,
      jobId: null,
      userId: actor.userId,
      ref: wanted.ref,
      tag: wanted.tag,
      sha,
      onStop: null,
    })
    const found = await deploymentFacts(tx, id, actor.userId)
    if (!found) throw new Error(`deployment ${id} is gone`)
    await apply(tx, decideExternalStart(found.deployment, wanted.status), authorOf(actor))
    return ok(id)
  })
}

/** GitLab Deployments API, "Update a deployment". The route has checked that no job made it. */
export async function updateExternalDeployment(
  app: App,
  actor: Actor,
  update: { readonly deploymentId: number; readonly environmentId: number; readonly status: ExternalStatus },
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    await lockDeployment(tx, update.deploymentId)
    if (!(await mayDeploy(tx, actor.userId, update.environmentId))) return err({ code: 'forbidden' })
    const found = await deploymentFacts(tx, update.deploymentId, actor.userId)
    if (!found) return err({ code: 'not_found', what: null })
    const decided = decideExternalUpdate(found.deployment, update.status)
    if (!decided.ok) return decided
    await apply(tx, decided.value, authorOf(actor))
    return ok(undefined)
  })
}

async function currentDeployment(
  tx: Tx,
  environmentId: number,
  wanted: Pick<ExternalDeployment, 'ref' | 'tag' | 'sha' | 'status'>,
): Promise<number | null> {
  const last = await tx
    .selectFrom('deployments')
    .select(['id', 'ref', 'tag', 'sha', 'status'])
    .where('environment_id', '=', environmentId)
    .where('status', '=', 'success')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const same =
    last &&
    last.ref === wanted.ref &&
    last.tag === wanted.tag &&
    last.sha === wanted.sha &&
    last.status === wanted.status
  return same ? last.id : null
}
