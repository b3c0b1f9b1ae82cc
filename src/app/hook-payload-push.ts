/** Push and tag push events (GitLab docs, Push events and Tag events). */
import { type HookProject, hookPerson, hookProject } from '../db/webhook-facts.ts'
import type { HookPayload } from '../domain/webhook.ts'
import { changedFiles } from '../git/changed-files.ts'
import type { Commit } from '../git/commit-object.ts'
import { countCommits, listCommits } from '../git/log.ts'
import { readCommit, readTag, resolve } from '../git/object-reader.ts'
import { fullRefName, parseRef, zeroSha } from '../git/ref-name.ts'
import type { Repository } from '../git/repository-store.ts'
import { isProtectedRef } from './compile-config.ts'
import type { App } from './context.ts'
import { commitAttrs, projectAttrs, repositoryAttrs, userAttrs } from './hook-attrs.ts'
import { type TellableEvent, textOf } from './hook-payload.ts'

/** Commits in the body; the newest are kept. */
const mostCommits = 20
/** Where counting stops. */
const mostCounted = 10_000

export async function pushPayload(
  app: App,
  { event, project_id, details }: TellableEvent,
): Promise<HookPayload | null> {
  const [ref, before, after] = [details['ref'], details['before'], details['after']].map((value) => textOf(value) ?? '')
  const userId = details['user_id']
  const [project, user] = await Promise.all([
    hookProject(app.db, project_id),
    typeof userId === 'number' ? hookPerson(app.db, userId) : null,
  ])
  const name = parseRef(ref ?? '')
  if (!project || !ref || !name || !before || !after || !(await app.repositories.exists(project_id))) return null
  const repository = app.repositories.open(project_id)
  const told =
    name.type === 'tag'
      ? await ofTag(repository, name.name, after)
      : await ofBranch(repository, project, { branch: name.name, before, after })
  const files = await changedFiles(repository, told.commits)
  return {
    object_kind: event,
    event_name: event,
    before,
    after,
    ref,
    ref_protected: isProtectedRef(project, { ref: name.name, refType: name.type }),
    checkout_sha: told.checkout,
    message: told.message,
    user_id: user?.id ?? null,
    user_name: user?.name ?? null,
    user_username: user?.username ?? null,
    user_email: user ? userAttrs(user).email : null,
    user_avatar: null,
    project_id,
    project: projectAttrs(app, project),
    commits: told.commits.map((commit) => ({
      ...commitAttrs(app, project, commit),
      ...(files.get(commit.sha) ?? { added: [], modified: [], removed: [] }),
    })),
    total_commits_count: told.total,
    push_options: details['skip_ci'] === true ? { ci: { skip: true } } : {},
    repository: repositoryAttrs(app, project),
  }
}

interface Told {
  /** Oldest first. */
  readonly commits: readonly Commit[]
  readonly total: number
  /** Null: the ref was deleted. */
  readonly checkout: string | null
  /** Of an annotated tag. */
  readonly message: string | null
}

const nothing: Told = { commits: [], total: 0, checkout: null, message: null }

/** What the branch has that it had not; of a new branch, what the default branch has not. */
async function ofBranch(
  repository: Repository,
  project: HookProject,
  { branch, before, after }: { readonly branch: string; readonly before: string; readonly after: string },
): Promise<Told> {
  if (after === zeroSha) return nothing
  const fromDefault = before === zeroSha && branch !== project.default_branch
  // After a forced push the old commits may be gone: then there is nothing to compare with.
  const start = before === zeroSha ? null : await resolve(repository, before)
  const base = fromDefault ? await tipOf(repository, project.default_branch) : start
  const range = { revision: after, ...(base === null ? {} : { notIn: base }) }
  const [commits, total] = await Promise.all([
    listCommits(repository, { ...range, limit: mostCommits }),
    countCommits(repository, range, mostCounted),
  ])
  return { commits: commits?.toReversed() ?? [], total: total ?? 0, checkout: after, message: null }
}

async function tipOf(repository: Repository, branch: string): Promise<string | null> {
  return (await readCommit(repository, fullRefName({ type: 'branch', name: branch })))?.sha ?? null
}

/** A tag is told with the commit it names. */
async function ofTag(repository: Repository, name: string, after: string): Promise<Told> {
  if (after === zeroSha) return nothing
  const [tag, commit] = await Promise.all([readTag(repository, name), readCommit(repository, after)])
  const commits = commit ? [commit] : []
  const message = tag?.sha === after ? tag.message.trimEnd() : null
  return { commits, total: commits.length, checkout: commit?.sha ?? null, message }
}
