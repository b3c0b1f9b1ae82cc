/** What a deployment brings to its environment. */
import type { App } from '../../app/context.ts'
import type { ChangedFile, DeploymentChanges } from '../../contract/deployment-review.ts'
import { previousDeployment } from '../../db/deployment-review.ts'
import type { DeploymentRow } from '../../db/deployment-rows.ts'
import type { Project } from '../../db/projects.ts'
import type { Commit } from '../../git/commit-object.ts'
import { type DiffFile, type DiffLimits, diffTrees, emptyTree } from '../../git/diff.ts'
import { listCommits } from '../../git/log.ts'
import { resolve } from '../../git/object-reader.ts'
import { presentCommit } from './commit.ts'
import { presentDiff } from './repository.ts'

/** More than anybody reads on one page. */
const maxCommits = 250
const limits: DiffLimits = { maxFiles: 300, maxFileBytes: 40 * 1024, maxBytes: 1024 * 1024 }

/**
 * Compared directly, not from where the histories part: what counts is what will be different in the environment. A commit that
 * is gone leaves the rest empty and says so, because an approver must not take silence for "nothing changes" (threats T7, T21).
 */
export async function presentDeploymentChanges(
  app: App,
  project: Project,
  row: DeploymentRow,
): Promise<DeploymentChanges> {
  const previous = await previousDeployment(app.db, row.id)
  const nothing = {
    previous: previous && { ...previous, finished_at: previous.finished_at?.toISOString() ?? null },
    problem: null,
    commits: [],
    commits_truncated: false,
    removed_commits: [],
    files: [],
    files_truncated: false,
    authors: [],
  }
  if (!(await app.repositories.exists(project.id))) return { ...nothing, problem: 'The repository is gone.' }
  const repo = app.repositories.open(project.id)
  for (const sha of [row.sha, ...(previous ? [previous.sha] : [])]) {
    if ((await resolve(repo, sha)) === null) {
      return { ...nothing, problem: `Commit ${sha.slice(0, 8)} is no longer in the repository.` }
    }
  }
  const between = { limit: maxCommits + 1 }
  const [come, go, diff] = await Promise.all([
    listCommits(repo, { revision: row.sha, ...(previous ? { notIn: previous.sha } : {}), ...between }),
    previous ? listCommits(repo, { revision: previous.sha, notIn: row.sha, ...between }) : [],
    diffTrees(repo, previous?.sha ?? emptyTree, row.sha, limits),
  ])
  const present = (commits: readonly Commit[] | null) =>
    (commits ?? []).slice(0, maxCommits).map((commit) => presentCommit(app, project.full_path, commit))
  return {
    ...nothing,
    commits: present(come),
    commits_truncated: (come ?? []).length > maxCommits,
    removed_commits: present(go),
    files: diff.files.map(presentFile),
    files_truncated: diff.truncated,
    authors: authorsOf(come ?? []),
  }
}

function presentFile(file: DiffFile): ChangedFile {
  const lines = file.isTooLarge ? null : file.diff.split('\n')
  return {
    ...presentDiff(file, false),
    additions: lines && lines.filter((line) => line.startsWith('+')).length,
    deletions: lines && lines.filter((line) => line.startsWith('-')).length,
  }
}

/** By email: names are written in many ways. */
function authorsOf(commits: readonly Commit[]): DeploymentChanges['authors'] {
  const byEmail = Map.groupBy(commits, (commit) => commit.author.email.toLowerCase())
  return [...byEmail.values()]
    .flatMap((theirs) => (theirs[0] ? [{ ...theirs[0].author, commits: theirs.length }] : []))
    .map(({ name, email, commits }) => ({ name, email, commits }))
    .toSorted((a, b) => b.commits - a.commits)
}
