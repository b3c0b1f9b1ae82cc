import type { Commit } from './commit-object.ts'
import { emptyTree } from './diff.ts'
import { runGit } from './git-process.ts'
import { pathProblem, readCommits, resolve } from './object-reader.ts'
import { isSha } from './ref-name.ts'
import type { Repository } from './repository-store.ts'

export type LogQuery = {
  /** Where to start (see `resolve`), or every branch and tag. */
  readonly revision: string | { readonly all: true }
  /** Leaves out this commit, by its full id, and its history. */
  readonly notIn?: string
  /** Only commits that changed this file or directory. */
  readonly path?: string
  /** Only commits stored at or after, at or before this time. */
  readonly since?: Date
  readonly until?: Date
  /** Part of the author's name or email, any case. */
  readonly author?: string
  /** Of a merge, only the branch that was merged into. */
  readonly firstParent?: boolean
  /** `default` is by date; `topo` keeps lines of history together. */
  readonly order?: 'default' | 'topo'
}

export type CommitStats = { readonly additions: number; readonly deletions: number; readonly total: number }

/** Commits, newest first; null when there is no such revision. `limit` is at most 10,000. */
export async function listCommits(
  repo: Repository,
  query: LogQuery & { readonly offset?: number; readonly limit: number },
): Promise<Commit[] | null> {
  const selection = await select(repo, query)
  if (!selection) return null
  const limit = Math.min(query.limit, 10_000)
  if (limit <= 0) return []
  const page = [`--max-count=${limit}`, `--skip=${query.offset ?? 0}`]
  const { stdout } = await runGit(repo, ['rev-list', ...page, ...selection])
  return readCommits(repo, stdout.toString('latin1').split('\n').filter(isSha))
}

/** How many commits a query has, counting no further than `max`; null when there is no such revision. */
export async function countCommits(repo: Repository, query: LogQuery, max: number): Promise<number | null> {
  const selection = await select(repo, query)
  if (!selection) return null
  const { stdout } = await runGit(repo, ['rev-list', '--count', `--max-count=${max}`, ...selection])
  return Number(stdout.toString('latin1').trim())
}

/** The newest commit in a revision's history that changed a path; null when there is none. */
export async function lastCommitOf(repo: Repository, revision: string, path: string): Promise<string | null> {
  if (pathProblem(path)) return null
  const selection = await select(repo, { revision, path })
  if (!selection) return null
  const { stdout } = await runGit(repo, ['rev-list', '--max-count=1', ...selection])
  const sha = stdout.toString('latin1').trim()
  return isSha(sha) ? sha : null
}

/** Lines added and deleted by each commit against its first parent; binary files and mere renames count as none. */
export async function commitStats(
  repo: Repository,
  commits: readonly Commit[],
): Promise<ReadonlyMap<string, CommitStats>> {
  const stats = new Map<string, CommitStats>()
  // diff-tree has no line for a commit without a parent against the empty tree, so these few are asked one by one.
  const followers = commits.filter(({ parents }) => parents.length > 0)
  const input = followers.map(({ sha, parents }) => `${sha} ${parents[0]}\n`).join('')
  const args = ['diff-tree', '-r', '--numstat', '--find-renames', '-l1000', '--no-ext-diff', '--no-textconv']
  const { stdout } = await runGit(repo, [...args, '--stdin', '--always'], { input })
  let sha = ''
  for (const line of stdout.toString('utf8').split('\n')) {
    if (isSha(line)) {
      sha = line
      stats.set(sha, { additions: 0, deletions: 0, total: 0 })
    } else if (line !== '') {
      stats.set(sha, addLine(stats.get(sha), line))
    }
  }
  for (const { sha } of commits.filter(({ parents }) => parents.length === 0)) {
    const root = await runGit(repo, [...args, emptyTree, sha])
    const lines = root.stdout.toString('utf8').split('\n').filter(Boolean)
    stats.set(sha, lines.reduce<CommitStats>(addLine, { additions: 0, deletions: 0, total: 0 }))
  }
  return stats
}

/** `12\t3\tpath`, or `-\t-\tpath` for a binary file. */
function addLine(stats: CommitStats | undefined, line: string): CommitStats {
  const [added = '-', deleted = '-'] = line.split('\t')
  const additions = (stats?.additions ?? 0) + (added === '-' ? 0 : Number(added))
  const deletions = (stats?.deletions ?? 0) + (deleted === '-' ? 0 : Number(deleted))
  return { additions, deletions, total: additions + deletions }
}

/** The arguments of rev-list that select what a query asks for; everything a user wrote is resolved or after `=`. */
async function select(repo: Repository, query: LogQuery): Promise<string[] | null> {
  const args: string[] = []
  if (query.since) args.push(`--max-age=${unixTime(query.since)}`)
  if (query.until) args.push(`--min-age=${unixTime(query.until)}`)
  if (query.author) args.push('--fixed-strings', '--regexp-ignore-case', `--author=${query.author}`)
  if (query.firstParent) args.push('--first-parent')
  if (query.order === 'topo') args.push('--topo-order')
  if (typeof query.revision === 'string') {
    const sha = await resolve(repo, query.revision)
    if (!sha) return null
    args.push(sha)
  } else {
    args.push('--branches', '--tags')
  }
  if (query.notIn !== undefined) {
    if (!isSha(query.notIn)) return null
    args.push(`^${query.notIn}`)
  }
  args.push('--')
  if (query.path) args.push(query.path)
  return args
}

function unixTime(date: Date): string {
  // `--since` would guess: from the year 2100 on it takes the time of today.
  return String(Math.max(0, Math.floor(date.getTime() / 1000)))
}
