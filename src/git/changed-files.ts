import type { Commit } from './commit-object.ts'
import { runGit } from './git-process.ts'
import { isSha } from './ref-name.ts'
import type { Repository } from './repository-store.ts'

export interface ChangedFiles {
  readonly added: readonly string[]
  readonly modified: readonly string[]
  readonly removed: readonly string[]
}

/** Paths of one commit that are kept: more tell nobody anything. */
const mostPaths = 1_000

/** The files that each commit changed against its first parent; a renamed file counts as added under its new name. */
export async function changedFiles(
  repo: Repository,
  commits: readonly Commit[],
): Promise<ReadonlyMap<string, ChangedFiles>> {
  if (commits.length === 0) return new Map()
  const input = commits.map(({ sha, parents }) => `${sha}${parents[0] ? ` ${parents[0]}` : ''}\n`).join('')
  const args = ['diff-tree', '--stdin', '-r', '-z', '--name-status', '--find-renames', '-l1000', '--root', '--always']
  const { stdout } = await runGit(repo, args, { input, onOverflow: 'truncate' })
  return parse(stdout.toString('utf8').split('\0').slice(0, -1))
}

/** `<sha>`, then `M\0path`, `R090\0old\0new` … */
function parse(fields: readonly string[]): Map<string, ChangedFiles> {
  const found = new Map<string, ChangedFiles>()
  let files = { added: [] as string[], modified: [] as string[], removed: [] as string[] }
  for (let at = 0; at < fields.length; ) {
    const status = fields[at] ?? ''
    if (isSha(status)) {
      files = { added: [], modified: [], removed: [] }
      found.set(status, files)
      at += 1
      continue
    }
    const renamed = status.startsWith('R')
    const path = fields[at + (renamed ? 2 : 1)]
    at += renamed ? 3 : 2
    if (path === undefined) break
    const list = renamed || status === 'A' ? files.added : status === 'D' ? files.removed : files.modified
    if (list.length < mostPaths) list.push(path)
  }
  return found
}
