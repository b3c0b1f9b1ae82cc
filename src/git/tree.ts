import { err, ok, type Result } from '../domain/result.ts'
import { runGit } from './git-process.ts'
import { type Entry, pathProblem, readEntry, readTreeEntries, resolve } from './object-reader.ts'
import type { Repository } from './repository-store.ts'

export type TreeEntry = Entry & {
  readonly name: string
  /** From the root of the repository. */
  readonly path: string
}

export type ListTreeOptions = {
  /** Directory to list, without slashes at its ends. Default: the root. */
  readonly path?: string
  /** Also what is in the directories below, and those directories themselves. */
  readonly recursive?: boolean
  /** Entries to skip, and at most to return. Default: all from the first. */
  readonly offset?: number
  readonly limit?: number
}

export type TreePage = {
  readonly entries: readonly TreeEntry[]
  /** How many entries there are on all pages. */
  readonly total: number
}

export type ListTreeRefusal = { readonly code: 'revision_not_found' } | { readonly code: 'path_not_found' }

const maxListing = 64 * 1024 * 1024
const rank = { tree: 0, blob: 1, commit: 2 } as const

/**
 * The content of a directory at a revision: directories first, then files, then submodules, each in git's order (GitLab
 * API docs, Repositories: List repository tree).
 *
 * @throws GitError when a recursive listing is larger than 64 MiB.
 */
export async function listTree(
  repo: Repository,
  revision: string,
  options: ListTreeOptions = {},
): Promise<Result<TreePage, ListTreeRefusal>> {
  const commit = await resolve(repo, revision)
  if (!commit) return err({ code: 'revision_not_found' })
  const path = options.path ?? ''
  const directory = path === '' || !pathProblem(path) ? await readEntry(repo, commit, path) : null
  if (directory?.type !== 'tree') return err({ code: 'path_not_found' })

  const prefix = path === '' ? '' : `${path}/`
  const found = options.recursive
    ? await listRecursively(repo, directory.sha, prefix)
    : (await readTreeEntries(repo, directory.sha)).map((entry) => ({ ...entry, path: prefix + entry.name }))
  const sorted = found.sort((a, b) => rank[a.type] - rank[b.type])
  const offset = options.offset ?? 0
  return ok({ entries: sorted.slice(offset, offset + (options.limit ?? sorted.length)), total: sorted.length })
}

/**
 * The paths of all files at a revision, in git's order; none at a revision that does not exist.
 *
 * @throws GitError when the list is longer than 64 MiB: a part of it would decide rules wrongly.
 */
export async function listPaths(repo: Repository, revision: string): Promise<readonly string[]> {
  const commit = await resolve(repo, revision)
  if (!commit) return []
  const { stdout } = await runGit(repo, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit], {
    maxBytes: maxListing,
  })
  return stdout.toString('utf8').split('\0').slice(0, -1)
}

async function listRecursively(repo: Repository, tree: string, prefix: string): Promise<TreeEntry[]> {
  const { stdout } = await runGit(repo, ['ls-tree', '-r', '-t', '-z', '--full-tree', tree], { maxBytes: maxListing })
  return stdout
    .toString('utf8')
    .split('\0')
    .slice(0, -1)
    .map((record) => {
      const tab = record.indexOf('\t')
      const [mode = '', type, sha = ''] = record.slice(0, tab).split(' ')
      const path = prefix + record.slice(tab + 1)
      return { mode, type: type as Entry['type'], sha, path, name: path.slice(path.lastIndexOf('/') + 1) }
    })
}
