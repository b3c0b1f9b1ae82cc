import type { Readable } from 'node:stream'
import { PassThrough } from 'node:stream'
import { err, ok, type Result } from '../domain/result.ts'
import { answerOf } from './answer.ts'
import { spawnGit } from './git-process.ts'
import { readEntry, resolve } from './object-reader.ts'
import type { Repository } from './repository-store.ts'

export const archiveFormats = ['tar.gz', 'tar', 'zip'] as const
export type ArchiveFormat = (typeof archiveFormats)[number]

export type ArchiveOptions = {
  readonly format: ArchiveFormat
  /** The directory all entries are put into, for example `project-main-1a2b3c`. */
  readonly prefix: string
  /** Only this file or directory. */
  readonly path?: string
  /** Told once about a failure after the first byte; the stream is cut then. */
  readonly onProblem?: (error: Error) => void
}

/**
 * A revision's files as one stream (GitLab API docs, Repositories: Get file archive). Nothing is buffered; git is
 * stopped when the stream is closed early.
 */
export async function archive(
  repo: Repository,
  revision: string,
  options: ArchiveOptions,
): Promise<Result<Readable, { readonly code: 'revision_not_found' } | { readonly code: 'path_not_found' }>> {
  const commit = await resolve(repo, revision)
  if (!commit) return err({ code: 'revision_not_found' })
  const path = options.path ?? ''
  if (!(await readEntry(repo, commit, path))) return err({ code: 'path_not_found' })
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is replaced
  const prefix = options.prefix.replace(/[\u0000-\u001f\u007f/\\]/g, '-').replace(/^\.+/, '-')
  const args = ['archive', `--format=${options.format}`, `--prefix=${prefix}/`, commit]
  const child = spawnGit(repo, path === '' ? args : [...args, '--', path])
  child.stdin.end()
  return ok(
    answerOf(child, new PassThrough(), { command: 'archive', cutOnFailure: true, onProblem: options.onProblem }),
  )
}
