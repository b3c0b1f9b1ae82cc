/** GitLab Repositories API: trees, blobs, archives, comparisons. */
import { z } from 'zod'
import { commit } from './entities.ts'
import { operation } from './operation.ts'
import { comparison, filled, treeObject } from './repository-entities.ts'
import { bool, idOrPath, int, list, oneOf, paging, text } from './values.ts'

const tag = 'Repositories'
/** Everybody who may download the code, jobs too. */
const read = { method: 'GET', tag, auth: 'optional', jobToken: true } as const

export const listTree = operation({
  ...read,
  id: 'listRepositoryTree',
  path: '/projects/:id/repository/tree',
  summary: 'List the files and directories of a directory',
  params: {
    id: idOrPath(),
    ref: text().optional(),
    path: text().default(''),
    recursive: bool().default(false),
    pagination: oneOf(['legacy', 'keyset', 'none']).default('legacy'),
    /** Where a page of keyset pagination begins, from the `Link` header of the page before. */
    page_token: text().optional(),
    ...paging,
  },
  response: z.array(treeObject),
})

export const getBlob = operation({
  ...read,
  id: 'getRepositoryBlob',
  path: '/projects/:id/repository/blobs/:sha',
  summary: 'Get the content of a blob by its id',
  params: { id: idOrPath(), sha: text() },
  response: z.object({ size: z.number(), encoding: z.literal('base64'), content: z.string(), sha: z.string() }),
})

export const getRawBlob = operation({
  ...read,
  id: 'getRawRepositoryBlob',
  path: '/projects/:id/repository/blobs/:sha/raw',
  summary: 'Get the content of a blob by its id, as it is',
  params: { id: idOrPath(), sha: text() },
  raw: 'text/plain',
})

const archiveParams = { id: idOrPath(), sha: text().optional(), path: text().default('') }

export const getArchive = operation({
  ...read,
  id: 'getRepositoryArchive',
  path: '/projects/:id/repository/archive',
  summary: 'Download the files of a commit as an archive',
  params: { ...archiveParams, format: text().default('tar.gz') },
  raw: 'application/octet-stream',
})

export const getArchiveAs = operation({
  ...read,
  id: 'getRepositoryArchiveAs',
  path: '/projects/:id/repository/archive.:format',
  summary: 'Download the files of a commit as an archive in a format: tar.gz, tgz, gz, tar or zip',
  params: { ...archiveParams, format: text() },
  raw: 'application/octet-stream',
})

export const compareRevisions = operation({
  ...read,
  id: 'compareRevisions',
  path: '/projects/:id/repository/compare',
  summary: 'Compare two branches, tags or commits',
  params: {
    id: idOrPath(),
    from: text(),
    to: text(),
    from_project_id: int().optional(),
    straight: bool().default(false),
    unidiff: bool().default(false),
  },
  response: comparison,
})

export const getMergeBase = operation({
  ...read,
  id: 'getMergeBase',
  path: '/projects/:id/repository/merge_base',
  summary: 'Get the common ancestor of branches, tags or commits',
  params: { id: idOrPath(), refs: list(filled()) },
  response: commit,
})
