/** Deployments API, with approvals. */
import { approveDeployment as vote } from '../../app/approve-deployment.ts'
import { deleteDeployment as destroy } from '../../app/delete-deployment.ts'
import { createExternalDeployment, updateExternalDeployment } from '../../app/external-deployment.ts'
import {
  approveDeployment,
  createDeployment,
  deleteDeployment,
  deploymentMergeRequests,
  getDeployment,
  listDeployments,
  updateDeployment,
} from '../../contract/deployments.ts'
import { findDeployment, listDeployments as listRows, votesOn } from '../../db/deployment-rows.ts'
import { pageOf } from '../../db/paging.ts'
import { refuse } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { presentApproval, presentDeploymentExtended, presentDeployments } from '../present/deployment.ts'

const notFound: Refusal = { code: 'not_found', what: null }

export const deploymentRoutes: Route[] = [
  implement(listDeployments, async (call) => {
    const { app, input } = call
    const found = await projectFor(call, 'read_deployment')
    if (!found.ok) return found
    const refusal = filterRefusal(input)
    if (refusal) return err(refusal)
    const page = await listRows(
      app.db,
      {
        projectId: found.value.project.id,
        environment: input.environment,
        status: input.status,
        updatedAfter: input.updated_after,
        updatedBefore: input.updated_before,
        finishedAfter: input.finished_after,
        finishedBefore: input.finished_before,
        orderBy: input.order_by,
        sort: input.sort,
      },
      input,
    )
    return ok({ ...page, items: await presentDeployments(app, page.items) })
  }),

  implement(getDeployment, async (call) => {
    const found = await projectFor(call, 'read_deployment')
    if (!found.ok) return found
    const row = await findDeployment(call.app.db, found.value.project.id, call.input.deployment_id)
    if (!row) return err(notFound)
    return ok(await presentDeploymentExtended(call.app, row, { actor: call.actor, mayRead: true }))
  }),

  implement(createDeployment, async (call) => {
    const { app, input, actor } = call
    const found = await projectFor(call, 'create_deployment')
    if (!found.ok) return found
    const { project } = found.value
    const made = await createExternalDeployment(app, actor, { ...input, project })
    if (!made.ok) return made
    const row = await findDeployment(app.db, project.id, made.value)
    return row ? ok(await presentDeploymentExtended(app, row, { actor, mayRead: true })) : err(notFound)
  }),

  implement(updateDeployment, async (call) => {
    const { app, input, actor } = call
    const found = await projectFor(call, 'read_deployment')
    if (!found.ok) return found
    const { project, standing } = found.value
    const row = await findDeployment(app.db, project.id, input.deployment_id)
    if (!row) return err(notFound)
    const refusal = refuse(actor, 'update_deployment', standing, 'Project')
    if (refusal) return err(refusal)
    if (row.job_id !== null || row.pipeline_id !== null) {
      return err({ code: 'forbidden', reason: 'Deployments created using GitLab CI can not be updated using the API' })
    }
    const update = { deploymentId: row.id, environmentId: row.environment_id, status: input.status }
    const updated = await updateExternalDeployment(app, actor, update)
    if (!updated.ok) return updated
    const after = await findDeployment(app.db, project.id, row.id)
    return after ? ok(await presentDeploymentExtended(app, after, { actor, mayRead: true })) : err(notFound)
  }),

  implement(deleteDeployment, async (call) => {
    const found = await projectFor(call, 'read_deployment')
    if (!found.ok) return found
    const row = await findDeployment(call.app.db, found.value.project.id, call.input.deployment_id)
    if (!row) return err(notFound)
    const refusal = refuse(call.actor, 'destroy_deployment', found.value.standing, 'Project')
    return refusal ? err(refusal) : destroy(call.app, call.actor, row.id)
  }),

  implement(deploymentMergeRequests, async (call) => {
    const found = await projectFor(call, 'read_deployment')
    if (!found.ok) return found
    const row = await findDeployment(call.app.db, found.value.project.id, call.input.deployment_id)
    return row ? ok(pageOf([], call.input)) : err(notFound)
  }),

  implement(approveDeployment, async (call) => {
    const { app, input, actor } = call
    const found = await projectFor(call, 'approve_deployment')
    if (!found.ok) return found
    const row = await findDeployment(app.db, found.value.project.id, input.deployment_id)
    if (!row) return err(notFound)
    const voted = await vote(app, actor, {
      deploymentId: row.id,
      status: input.status,
      comment: input.comment ?? null,
      representedAs: input.represented_as ?? null,
      mayRead: true,
    })
    if (!voted.ok) return voted
    const given = (await votesOn(app.db, row.id)).find((one) => one.id === voted.value)
    return given ? ok(presentApproval(app, given)) : err(notFound)
  }),
]

/** GitLab DeploymentsFinder: which filters and orders go together (reference gitlab-deployments.md 1.1). */
function filterRefusal(input: {
  readonly updated_after?: Date | undefined
  readonly updated_before?: Date | undefined
  readonly finished_after?: Date | undefined
  readonly finished_before?: Date | undefined
  readonly order_by: string
  readonly status?: string | undefined
}): Refusal | null {
  const byUpdate = input.updated_after !== undefined || input.updated_before !== undefined
  const byFinish = input.finished_after !== undefined || input.finished_before !== undefined
  const bad = (reason: string): Refusal => ({ code: 'bad_request', reason })
  if (byUpdate && byFinish) return bad('Both `updated_at` filter and `finished_at` filter can not be specified')
  if (byFinish !== (input.order_by === 'finished_at'))
    return bad('`finished_at` filter and `finished_at` sorting must be paired')
  if (byFinish && input.status !== 'success')
    return bad('`finished_at` filter must be combined with `success` status filter.')
  return null
}
