/** Environments API. */
import { createEnvironment, deleteEnvironment, updateEnvironment } from '../../app/change-environment.ts'
import { stopEnvironment, stopStaleEnvironments } from '../../app/stop-environment.ts'
import * as contract from '../../contract/environments.ts'
import { findDeployment } from '../../db/deployment-rows.ts'
import { lastSuccessfulDeployment } from '../../db/environment-life.ts'
import { type EnvironmentChanges, environmentPage, findEnvironment } from '../../db/environments.ts'
import { refuse } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { mapPage } from '../pagination.ts'
import { presentDeployments } from '../present/deployment.ts'
import { presentEnvironment } from '../present/environment.ts'
import { projectOf } from './environment-project.ts'
import { reviewAppRoute } from './review-apps.ts'

const notFound: Refusal = { code: 'not_found', what: null }
const day = 24 * 3_600_000

export const environmentRoutes: Route[] = [
  implement(contract.listEnvironments, async (call) => {
    const { app, input } = call
    if (input.name !== undefined && input.search !== undefined) {
      return err({ code: 'invalid_parameter', sentence: 'name, search cannot be used together' })
    }
    const found = await projectFor(call, 'read_environment')
    if (!found.ok) return found
    if (input.search && input.search.length < 3) {
      return err({ code: 'bad_request', reason: 'Search query is less than 3 characters' })
    }
    const projectId = found.value.project.id
    const page = await environmentPage(
      app.db,
      { projectId, name: input.name, search: input.search, state: input.states },
      input,
    )
    const project = await projectOf(call, projectId)
    return ok(mapPage(page, (environment) => ({ ...presentEnvironment(environment), project })))
  }),

  implement(contract.getEnvironment, async (call) => {
    const { app, input } = call
    const found = await projectFor(call, 'read_environment')
    if (!found.ok) return found
    const { project } = found.value
    const environment = await findEnvironment(app.db, project.id, input.environment_id)
    if (!environment) return err(notFound)
    const last = await lastSuccessfulDeployment(app.db, environment.id)
    const row = last === null ? null : await findDeployment(app.db, project.id, last)
    const [deployment] = row ? await presentDeployments(app, [row]) : []
    if (!deployment) return ok({ ...presentEnvironment(environment), last_deployment: null })
    const { environment: _, ...alone } = deployment
    return ok({ ...presentEnvironment(environment), last_deployment: alone })
  }),

  implement(contract.createEnvironment, async (call) => {
    const { app, actor, input } = call
    const found = await projectFor(call, 'create_environment')
    if (!found.ok) return found
    const refusal = clusterRefusal(input)
    if (refusal) return err(refusal)
    const projectId = found.value.project.id
    const made = await createEnvironment(app, actor, { projectId, name: input.name, ...changesOf(input) })
    if (!made.ok) return made
    return ok({ ...presentEnvironment(made.value), project: await projectOf(call, projectId) })
  }),

  implement(contract.updateEnvironment, async (call) => {
    const { app, actor, input } = call
    const found = await projectFor(call, 'update_environment')
    if (!found.ok) return found
    const place = { projectId: found.value.project.id, id: input.environment_id }
    if (!(await findEnvironment(app.db, place.projectId, place.id))) return err(notFound)
    const refusal = clusterRefusal(input)
    if (refusal) return err(refusal)
    const changed = await updateEnvironment(app, actor, place, changesOf(input))
    if (!changed.ok) return changed
    return ok({ ...presentEnvironment(changed.value), project: await projectOf(call, place.projectId) })
  }),

  implement(contract.deleteEnvironment, async (call) => {
    const { app, actor, input } = call
    const found = await projectFor(call, 'read_environment')
    if (!found.ok) return found
    const { project, standing } = found.value
    if (!(await findEnvironment(app.db, project.id, input.environment_id))) return err(notFound)
    const refusal = refuse(actor, 'update_environment', standing, 'Project')
    if (refusal) return err(refusal)
    return deleteEnvironment(app, actor, { projectId: project.id, id: input.environment_id })
  }),

  implement(contract.stopEnvironment, async (call) => {
    const { app, actor, input } = call
    const found = await projectFor(call, 'read_environment')
    if (!found.ok) return found
    const { project, standing } = found.value
    if (!(await findEnvironment(app.db, project.id, input.environment_id))) return err(notFound)
    const refusal = refuse(actor, 'stop_environment', standing, 'Project')
    if (refusal) return err(refusal)
    const place = { projectId: project.id, id: input.environment_id }
    const stopped = await stopEnvironment(app, actor, place, input.force)
    if (!stopped.ok) return stopped
    return ok({ ...presentEnvironment(stopped.value), project: await projectOf(call, project.id) })
  }),

  implement(contract.stopStaleEnvironments, async (call) => {
    const { app, actor, input } = call
    const found = await projectFor(call, 'stop_stale_environments')
    if (!found.ok) return found
    const age = app.now().getTime() - input.before.getTime()
    if (age < 7 * day || age > 3652 * day) return err({ code: 'bad_request', reason: 'Invalid Date' })
    await stopStaleEnvironments(app, actor, found.value.project.id, input.before)
    return ok({ message: 'Successfully requested stop for all stale environments' })
  }),

  reviewAppRoute,
]

interface Attributes {
  readonly external_url?: string | null | undefined
  readonly tier?: EnvironmentChanges['tier']
  readonly description?: string | null | undefined
  readonly auto_stop_setting?: EnvironmentChanges['autoStopSetting']
  readonly cluster_agent_id?: number | null | undefined
  readonly kubernetes_namespace?: string | null | undefined
  readonly flux_resource_path?: string | null | undefined
}

function changesOf(input: Attributes): EnvironmentChanges {
  return {
    externalUrl: input.external_url,
    tier: input.tier,
    description: input.description,
    autoStopSetting: input.auto_stop_setting,
  }
}

/** What GitLab answers where no cluster agent is registered: there are none here. */
function clusterRefusal(input: Attributes): Refusal | null {
  if (input.cluster_agent_id !== undefined && input.cluster_agent_id !== null) {
    const reason = "cluster agent doesn't exist or cannot be associated with this environment"
    return { code: 'bad_request', reason }
  }
  const errors = {
    ...(input.kubernetes_namespace ? { kubernetes_namespace: ['cannot be set without a cluster agent'] } : {}),
    ...(input.flux_resource_path && !input.kubernetes_namespace
      ? { flux_resource_path: ['cannot be set without a kubernetes namespace'] }
      : {}),
  }
  return Object.keys(errors).length > 0 ? { code: 'invalid', errors } : null
}
