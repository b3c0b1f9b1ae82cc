/** Namespaces: groups and personal namespaces alike (GitLab Namespaces API). */
import { z } from 'zod'
import { namespaceBasic } from './entities.ts'
import { operation } from './operation.ts'
import { bool, id, idOrPath, paging, text } from './values.ts'

const tag = 'Namespaces'

export const listNamespaces = operation({
  id: 'listNamespaces',
  method: 'GET',
  path: '/namespaces',
  tag,
  summary: 'Your own namespace and your groups; for administrators all',
  params: {
    search: text({ max: 255 }).optional(),
    owned_only: bool().optional(),
    top_level_only: bool().optional(),
    full_path_search: bool().optional(),
    ...paging,
  },
  response: z.array(namespaceBasic),
})

export const getNamespace = operation({
  id: 'getNamespace',
  method: 'GET',
  path: '/namespaces/:id',
  tag,
  summary: 'A namespace by id or path',
  params: { id: idOrPath() },
  response: namespaceBasic,
})

export const namespaceExists = operation({
  id: 'namespaceExists',
  method: 'GET',
  path: '/namespaces/:id/exists',
  tag,
  summary: 'Whether a path is taken, and which are free',
  params: { id: text({ max: 255 }), parent_id: id().optional() },
  response: z.object({ exists: z.boolean(), suggests: z.array(z.string()) }),
})
