import { err, ok, type Result } from '../domain/result.ts'
import type { Commit } from './commit-object.ts'
import { type Diff, type DiffLimits, diffTrees, emptyTree } from './diff.ts'
import { runGit } from './git-process.ts'
import { listCommits } from './log.ts'
import { readCommit, resolve } from './object-reader.ts'
import { isSha } from './ref-name.ts'
import type { Repository } from './repository-store.ts'

export type CompareOptions = DiffLimits & {
  /** Diff from `from` itself instead of from where the two histories part. Default false. */
  readonly straight?: boolean
  /** Commits in the answer; the newest are kept. Default 1,000. */
  readonly maxCommits?: number
}

export type Comparison = Diff & {
  readonly from: string
  readonly to: string
  /** Where the two histories part; null when they have nothing in common. */
  readonly mergeBase: string | null
  /** Commits of `to` that `from` does not have, oldest first. */
  readonly commits: readonly Commit[]
  /** There are more commits than `maxCommits`. */
  readonly commitsTruncated: boolean
}

/**
 * What `to` has that `from` has not (GitLab API docs, Repositories: Compare). The two are revisions. Histories without
 * a common commit are compared directly.
 */
export async function compare(
  repo: Repository,
  from: string,
  to: string,
  options: CompareOptions = {},
): Promise<Result<Comparison, { readonly code: 'revision_not_found'; readonly revision: string }>> {
  const [fromSha, toSha] = await Promise.all([resolve(repo, from), resolve(repo, to)])
  if (!fromSha) return err({ code: 'revision_not_found', revision: from })
  if (!toSha) return err({ code: 'revision_not_found', revision: to })
  const maxCommits = options.maxCommits ?? 1000
  const base = await mergeBase(repo, fromSha, toSha)
  const [commits, diff] = await Promise.all([
    listCommits(repo, { revision: toSha, notIn: fromSha, limit: maxCommits + 1 }),
    diffTrees(repo, options.straight ? fromSha : (base ?? fromSha), toSha, options),
  ])
  return ok({
    ...diff,
    from: fromSha,
    to: toSha,
    mergeBase: base,
    commits: (commits ?? []).slice(0, maxCommits).toReversed(),
    commitsTruncated: (commits ?? []).length > maxCommits,
  })
}

/** What a commit changed against its first parent; a first commit shows everything as new. Null for no such commit. */
export async function commitDiff(repo: Repository, revision: string, limits: DiffLimits = {}): Promise<Diff | null> {
  const commit = await readCommit(repo, revision)
  return commit ? diffTrees(repo, commit.parents[0] ?? emptyTree, commit.sha, limits) : null
}

/**
 * The paths that differ between two commits given by full ids; a renamed file counts with both names. `from` null
 * compares with nothing, so every file counts. Null when a commit is not there, for example after a force-push and a
 * garbage collection.
 *
 * @throws GitError when the list is longer than 64 MiB: a part of it would decide rules wrongly.
 */
export async function changedPaths(
  repo: Repository,
  from: string | null,
  to: string,
): Promise<readonly string[] | null> {
  const [base, head] = [from === null ? emptyTree : await resolveId(repo, from), await resolveId(repo, to)]
  if (!base || !head) return null
  const { stdout } = await runGit(repo, ['diff-tree', '-r', '-z', '--name-only', '--no-renames', base, head])
  return stdout.toString('utf8').split('\0').slice(0, -1)
}

/**
 * The best common ancestor of commits given by full ids, or null. Of more than two it is that of the first and a merge of
 * the others, as `git merge-base` has it.
 */
export async function mergeBase(repo: Repository, first: string, ...others: string[]): Promise<string | null> {
  if (![first, ...others].every(isSha)) return null
  const { code, stdout } = await runGit(repo, ['merge-base', first, ...others], { expect: [0, 1, 128] })
  return code === 0 ? stdout.toString('latin1').trim() : null
}

/**
 * True when `ancestor` is `descendant` or in its history, both given by full ids. False when one of them does not exist,
 * so that a rule that asks for an ancestor is not met by what is gone.
 */
export async function isAncestor(repo: Repository, ancestor: string, descendant: string): Promise<boolean> {
  if (!isSha(ancestor) || !isSha(descendant)) return false
  const { code } = await runGit(repo, ['merge-base', '--is-ancestor', ancestor, descendant], { expect: [0, 1, 128] })
  return code === 0
}

async function resolveId(repo: Repository, sha: string): Promise<string | null> {
  return isSha(sha) ? resolve(repo, sha) : null
}
