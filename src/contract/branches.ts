/** GitLab Branches API and Tags API. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { branch, filled, maxMessage, repositoryTag } from './repository-entities.ts'
import { idOrPath, oneOf, paging, text } from './values.ts'

const branches = { tag: 'Branches' } as const
const tags = { tag: 'Tags' } as const
const read = { method: 'GET', auth: 'optional', jobToken: true } as const

export const listBranches = operation({
  ...read,
  ...branches,
  id: 'listBranches',
  path: '/projects/:id/repository/branches',
  summary: 'List branches, by name unless sort is given',
  params: {
    id: idOrPath(),
    search: text().optional(),
    regex: text({ max: 1000 }).optional(),
    sort: oneOf(['name_asc', 'updated_asc', 'updated_desc']).default('name_asc'),
    ...paging,
  },
  response: z.array(branch),
})

export const getBranch = operation({
  ...read,
  ...branches,
  id: 'getBranch',
  path: '/projects/:id/repository/branches/:branch',
  summary: 'Get a branch',
  params: { id: idOrPath(), branch: text() },
  response: branch,
})

export const createBranch = operation({
  ...branches,
  id: 'createBranch',
  method: 'POST',
  path: '/projects/:id/repository/branches',
  summary: 'Create a branch at a commit, branch or tag',
  params: { id: idOrPath(), branch: filled(), ref: filled() },
  response: branch,
})

export const deleteBranch = operation({
  ...branches,
  id: 'deleteBranch',
  method: 'DELETE',
  path: '/projects/:id/repository/branches/:branch',
  summary: 'Delete a branch that is not the default one',
  params: { id: idOrPath(), branch: text() },
})

export const listTags = operation({
  ...read,
  ...tags,
  id: 'listTags',
  path: '/projects/:id/repository/tags',
  summary: 'List tags',
  params: {
    id: idOrPath(),
    order_by: oneOf(['name', 'updated', 'version']).default('updated'),
    sort: oneOf(['asc', 'desc']).default('desc'),
    search: text().optional(),
    ...paging,
  },
  response: z.array(repositoryTag),
})

export const getTag = operation({
  ...read,
  ...tags,
  id: 'getTag',
  path: '/projects/:id/repository/tags/:tag_name',
  summary: 'Get a tag',
  params: { id: idOrPath(), tag_name: text() },
  response: repositoryTag,
})

export const createTag = operation({
  ...tags,
  id: 'createTag',
  method: 'POST',
  path: '/projects/:id/repository/tags',
  summary: 'Create a tag at a commit, branch or tag; with a message an annotated one',
  params: { id: idOrPath(), tag_name: text(), ref: text(), message: text({ max: maxMessage }).optional() },
  response: repositoryTag,
})

export const deleteTag = operation({
  ...tags,
  id: 'deleteTag',
  method: 'DELETE',
  path: '/projects/:id/repository/tags/:tag_name',
  summary: 'Delete a tag',
  params: { id: idOrPath(), tag_name: text() },
})
