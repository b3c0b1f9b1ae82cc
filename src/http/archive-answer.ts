/** The files of a commit as one download. */
import type { App } from '../app/context.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type ArchiveFormat, archive } from '../git/archive.ts'
import { disposition } from './blob-answer.ts'
import { Raw } from './call.ts'
import { commitAt, directoryPath, type FoundRepository } from './find-repository.ts'

const noFile: Refusal = { code: 'not_found', what: 'File' }

/** What follows the dot in the address, and git's name for it. */
const formats: Readonly<Record<string, ArchiveFormat>> = {
  'tar.gz': 'tar.gz',
  tgz: 'tar.gz',
  gz: 'tar.gz',
  tar: 'tar',
  zip: 'zip',
}

/** Streams an archive whose one directory is named after the project, the ref and the commit, as GitLab's is. */
export async function archiveOf(
  app: App,
  found: FoundRepository,
  input: { readonly sha?: string | undefined; readonly path: string; readonly format: string },
  method: string,
): Promise<Result<Raw, Refusal>> {
  const format = formats[input.format]
  const path = directoryPath(input.path)
  const commit = await commitAt(found, input.sha)
  if (format === undefined || path === null || commit === null) return err(noFile)
  const ref = input.sha || found.project.default_branch
  const prefix = [found.project.path, ref, commit, path]
    .filter((part) => part !== '')
    .map((part) => part.replaceAll('/', '-'))
    .join('-')
  const headers = {
    'content-type': format === 'zip' ? 'application/zip' : 'application/octet-stream',
    'content-disposition': disposition('attachment', `${prefix}.${format}`),
    'cache-control': 'private',
  }
  if (method === 'HEAD') return ok(new Raw(200, null, headers))
  const onProblem = (error: Error) => app.log.warn({ err: error }, 'git')
  const stream = await archive(found.repository, commit, { format, prefix, path, onProblem })
  return stream.ok ? ok(new Raw(200, stream.value, headers)) : err(noFile)
}
