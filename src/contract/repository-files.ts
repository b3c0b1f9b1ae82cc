/** GitLab Repository files API. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { filled, maxMessage } from './repository-entities.ts'
import { bool, idOrPath, oneOf, text } from './values.ts'

const tag = 'Repository files'

/** As large as a body of JSON may be. */
export const maxContent = 4_194_304

/** A path from the root of the repository, URL-encoded in the address. */
const filePath = () => text({ max: 4096 }).refine((path) => !leavesRepository(path), 'should be a valid file path')

function leavesRepository(path: string): boolean {
  return path.startsWith('/') || path.split(/[/\\]/).includes('..')
}

const read = {
  method: 'GET',
  tag,
  auth: 'optional',
  jobToken: true,
  scopes: ['api', 'read_api', 'read_repository'],
} as const

export const getFile = operation({
  ...read,
  id: 'getRepositoryFile',
  path: '/projects/:id/repository/files/:file_path',
  summary: 'Get a file with its content; HEAD answers the same headers without it',
  params: { id: idOrPath(), file_path: filePath(), ref: filled() },
  response: z.object({
    file_name: z.string(),
    file_path: z.string(),
    size: z.number(),
    encoding: z.literal('base64'),
    content_sha256: z.string(),
    ref: z.string(),
    blob_id: z.string(),
    commit_id: z.string(),
    /** The newest commit that changed the file. */
    last_commit_id: z.string(),
    execute_filemode: z.boolean(),
    content: z.string(),
  }),
})

export const getRawFile = operation({
  ...read,
  id: 'getRawRepositoryFile',
  path: '/projects/:id/repository/files/:file_path/raw',
  summary: 'Get the content of a file as it is, of the default branch unless ref is given',
  params: { id: idOrPath(), file_path: filePath(), ref: filled().optional() },
  raw: 'text/plain',
})

const change = {
  id: idOrPath(),
  file_path: filePath(),
  branch: filled(),
  /** Makes `branch` from this one. */
  start_branch: text().optional(),
  commit_message: filled({ max: maxMessage }),
  author_email: text({ max: 1000 }).optional(),
  author_name: text({ max: 1000 }).optional(),
}

const content = {
  content: text({ max: maxContent }),
  encoding: oneOf(['text', 'base64']).default('text'),
  execute_filemode: bool().optional(),
}

/** Refuses the change when the file's newest commit is another one. */
const guard = { last_commit_id: text().optional() }

const changed = z.object({ file_path: z.string(), branch: z.string() })

export const createFile = operation({
  id: 'createRepositoryFile',
  method: 'POST',
  path: '/projects/:id/repository/files/:file_path',
  tag,
  summary: 'Commit a new file',
  params: { ...change, ...content },
  response: changed,
})

export const updateFile = operation({
  id: 'updateRepositoryFile',
  method: 'PUT',
  path: '/projects/:id/repository/files/:file_path',
  tag,
  summary: 'Commit another content of a file',
  params: { ...change, ...content, ...guard },
  response: changed,
})

export const deleteFile = operation({
  id: 'deleteRepositoryFile',
  method: 'DELETE',
  path: '/projects/:id/repository/files/:file_path',
  tag,
  summary: 'Commit the removal of a file',
  params: { ...change, ...guard },
})
