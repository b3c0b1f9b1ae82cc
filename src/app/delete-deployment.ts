/** Deletes a deployment (GitLab Ci::Deployments::DestroyService). */
import { writeAudit } from '../db/audit.ts'
import { lockDeployment } from '../db/lease.ts'
import { mayDeploy } from '../db/may-deploy.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'

export async function deleteDeployment(app: App, actor: Actor, deploymentId: number): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    await lockDeployment(tx, deploymentId)
    const row = await tx.selectFrom('deployments').selectAll().where('id', '=', deploymentId).executeTakeFirst()
    if (!row) return err({ code: 'not_found', what: null })
    if (!(await mayDeploy(tx, actor.userId, row.environment_id))) return err({ code: 'forbidden' })
    if (row.status === 'running') return err({ code: 'refused', sentence: 'Cannot destroy running deployment' })
    // A blocked deployment is what its job waits behind: without it the job would have no gate.
    if (row.job_id !== null && ['blocked', 'created', 'skipped'].includes(row.status)) {
      return err({ code: 'refused', sentence: 'Cannot destroy a deployment whose job has not finished' })
    }
    if (await isCurrent(tx, row))
      return err({ code: 'refused', sentence: 'Deployment currently deployed to environment' })
    await tx.deleteFrom('deployments').where('id', '=', deploymentId).execute()
    const entry = {
      event: 'deployment_destroyed',
      entity: { type: 'Project' as const, id: row.project_id },
      target: { type: 'Deployment', id: deploymentId, details: `#${row.iid}` },
      details: { status: row.status, sha: row.sha, environment_id: row.environment_id },
    }
    await writeAudit(tx, [entry], authorOf(actor))
    return ok(undefined)
  })
}

async function isCurrent(tx: Tx, row: { id: number; environment_id: number }): Promise<boolean> {
  const last = await tx
    .selectFrom('deployments')
    .select('id')
    .where('environment_id', '=', row.environment_id)
    .where('status', '=', 'success')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.id === row.id
}
