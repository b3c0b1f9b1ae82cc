/** The inbox: what waits for a person, in all projects. */
import type { App } from '../../app/context.ts'
import { type InboxDeployment, inboxCount, listInbox } from '../../contract/inbox.ts'
import { findDeployment } from '../../db/deployment-rows.ts'
import { decidedDeployments, type InboxEntry, waitingDeployments } from '../../db/inbox.ts'
import type { Page } from '../../db/paging.ts'
import { findProject } from '../../db/projects.ts'
import { type Actor, refuse } from '../../domain/access.ts'
import { ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { presentDeploymentExtended } from '../present/deployment.ts'

export const inboxRoutes: Route[] = [
  implement(listInbox, async ({ app, input, actor }) => {
    const page = await entries(app, actor, input)
    const presented = await Promise.all(page.items.map((entry) => presentEntry(app, actor, entry)))
    return ok({ ...page, items: presented.filter((one) => one !== null) })
  }),

  implement(inboxCount, async ({ app, actor }) => {
    const { total } = await waitingDeployments(app.db, actor, true, { page: 1, per_page: 1 })
    return ok({ waiting_for_me: total ?? 0 })
  }),
]

function entries(
  app: App,
  actor: Actor,
  input: { readonly scope: string; readonly page: number; readonly per_page: number },
): Promise<Page<InboxEntry>> {
  if (input.scope === 'recently_decided') return decidedDeployments(app.db, actor.userId, input)
  return waitingDeployments(app.db, actor, input.scope === 'waiting_for_me', input)
}

/** Null when the deployment is gone, or the person may not see it any more. */
async function presentEntry(app: App, actor: Actor, entry: InboxEntry): Promise<InboxDeployment | null> {
  const [row, found] = await Promise.all([
    findDeployment(app.db, entry.projectId, entry.deploymentId),
    findProject(app.db, entry.projectId, actor),
  ])
  if (!row || !found || refuse(actor, 'read_deployment', found.standing, 'Project')) return null
  const { project } = found
  return {
    ...(await presentDeploymentExtended(app, row, { actor, mayRead: true })),
    project: {
      id: project.id,
      name: project.name,
      path_with_namespace: project.full_path,
      web_url: `${app.externalUrl}/${project.full_path}`,
    },
  }
}
