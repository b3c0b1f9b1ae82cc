/** Namespaces API. */
import * as contract from '../../contract/namespaces.ts'
import { findNamespace, listNamespaces, takenPaths } from '../../db/namespace-list.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { mapPage } from '../pagination.ts'
import { presentNamespaceBasic } from '../present/namespace.ts'

export const namespaceRoutes: Route[] = [
  implement(contract.listNamespaces, async ({ app, actor, input }) => {
    const filter = {
      search: input.search,
      ownedOnly: input.owned_only,
      topLevelOnly: input.top_level_only,
      fullPathSearch: input.full_path_search,
    }
    const page = await listNamespaces(app.db, actor, filter, input)
    return ok(mapPage(page, (namespace) => presentNamespaceBasic(app, namespace)))
  }),

  implement(contract.getNamespace, async ({ app, actor, input }) => {
    const namespace = await findNamespace(app.db, input.id, actor)
    return namespace ? ok(presentNamespaceBasic(app, namespace)) : err({ code: 'not_found', what: 'Namespace' })
  }),

  implement(contract.namespaceExists, async ({ app, actor, input }) => {
    const { id: path, parent_id: parentId = null } = input
    // What is below a group is told to those who see the group.
    if (parentId !== null && !(await findNamespace(app.db, String(parentId), actor))) {
      return ok({ exists: false, suggests: [] })
    }
    const numbered = Array.from({ length: 10 }, (_, index) => `${path}${index + 1}`)
    const taken = await takenPaths(app.db, [path, ...numbered], parentId)
    const exists = taken.includes(path)
    return ok({ exists, suggests: exists ? numbered.filter((name) => !taken.includes(name)).slice(0, 1) : [] })
  }),
]
