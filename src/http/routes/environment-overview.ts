/** Environments as their page shows them. */
import * as contract from '../../contract/environment-overview.ts'
import { type DeploymentRow, deploymentsByIds } from '../../db/deployment-rows.ts'
import {
  environmentFigures,
  environmentFolders,
  environmentOverview,
  type OverviewRow,
} from '../../db/environment-overview.ts'
import { findEnvironment } from '../../db/environments.ts'
import type { Actor } from '../../domain/access.ts'
import { refuse, type Standing } from '../../domain/access.ts'
import { environmentFolder } from '../../domain/environment.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { presentDeploymentExtended, presentDeployments } from '../present/deployment.ts'
import { presentEnvironment } from '../present/environment.ts'
import { permitted } from '../present/permitted.ts'

export const environmentOverviewRoutes: Route[] = [
  implement(contract.listEnvironmentOverview, async (call) => {
    const { app, actor, input } = call
    const found = await projectFor(call, 'read_environment')
    if (!found.ok) return found
    const { project, standing } = found.value
    const refusal = refuse(actor, 'read_deployment', standing, 'Project')
    if (refusal) return err(refusal)
    const { environment_id: environmentId } = input
    const state = environmentId === undefined ? input.state : null
    const filter = { ...input, projectId: project.id, environmentId, state }
    const page = await environmentOverview(app.db, filter, actor.userId, input)
    const ids = page.items.flatMap(({ lastId, upcomingIds }) => [...(lastId === null ? [] : [lastId]), ...upcomingIds])
    const rows = new Map((await deploymentsByIds(app.db, ids)).map((row) => [row.id, row]))
    const last = await presentDeployments(
      app,
      page.items.flatMap(({ lastId }) => rows.get(lastId ?? 0) ?? []),
    )
    const lastById = new Map(last.map((deployment) => [deployment.id, deployment]))
    const caller = { actor, mayRead: true }
    const items = page.items.map(async (item) => {
      const upcoming = item.upcomingIds.flatMap((id): DeploymentRow[] =>
        rows.has(id) ? [rows.get(id) as DeploymentRow] : [],
      )
      return {
        ...presentEnvironment(item.environment),
        folder: environmentFolder(item.environment.name),
        protection: item.isProtected
          ? {
              rules: [...item.rules],
              start: item.manualStart ? ('manual' as const) : ('on_approval' as const),
              you_may_deploy: item.mayDeploy,
            }
          : null,
        last_deployment: lastById.get(item.lastId ?? 0) ?? null,
        upcoming_deployments: await Promise.all(upcoming.map((row) => presentDeploymentExtended(app, row, caller))),
        your_stop: permitted(stopRefusal(actor, standing, item)),
      }
    })
    return ok({ ...page, items: await Promise.all(items) })
  }),

  implement(contract.listEnvironmentFolders, async (call) => {
    const found = await projectFor(call, 'read_environment')
    return found.ok ? ok(await environmentFolders(call.app.db, found.value.project.id, call.input.state)) : found
  }),

  implement(contract.environmentFigures, async (call) => {
    const { app, input } = call
    const found = await projectFor(call, 'read_deployment')
    if (!found.ok) return found
    const environment = await findEnvironment(app.db, found.value.project.id, input.environment_id)
    if (!environment) return err({ code: 'not_found', what: null })
    const { days, median } = await environmentFigures(app.db, environment.id, input.days)
    const sum = (of: (day: (typeof days)[number]) => number) => days.reduce((total, day) => total + of(day), 0)
    return ok({
      days,
      time_to_approve: median,
      deployments: sum((day) => day.success + day.failed + day.canceled),
      failed: sum((day) => day.failed),
    })
  }),
]

/** What app/stop-environment.ts would answer. */
function stopRefusal(actor: Actor, standing: Standing, item: OverviewRow): Refusal | null {
  const { name, state } = item.environment
  if (state !== 'available') return { code: 'refused', sentence: `This environment is ${state}.` }
  const refusal = refuse(actor, 'stop_environment', standing, 'Project')
  if (refusal) return refusal
  return item.mayDeploy ? null : { code: 'may_not_deploy', environment: name }
}
