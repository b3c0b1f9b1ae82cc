import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '../domain/result.ts'
import { type ActionRefusal, type FileAction, type PlannedFile, planActions } from './file-actions.ts'
import { runGit } from './git-process.ts'
import { temporaryPrefix } from './maintenance.ts'
import { resolve } from './object-reader.ts'
import { fullRefName, newRefProblem, zeroSha } from './ref-name.ts'
import { createRef, isEmpty, type RefRefusal, updateRef } from './refs.ts'
import type { Repository } from './repository-store.ts'

/** Who signs a commit. Without a date: now, at UTC. */
export type Signature = { readonly name: string; readonly email: string; readonly date?: Date }

export type CommitRequest = {
  /** The branch that gets the commit. In an empty repository it is made. */
  readonly branch: string
  /** Makes `branch` from this branch, with the commit on top. */
  readonly startBranch?: string
  /** Makes `branch` from this commit, with the commit on top. */
  readonly startSha?: string
  /** Lets `startBranch` or `startSha` replace a branch that exists. */
  readonly force?: boolean
  readonly message: string
  readonly author: Signature
  readonly committer: Signature
  readonly actions: readonly FileAction[]
}

export type CommitResult = {
  readonly sha: string
  /** Where the branch was before; null when this commit made it. */
  readonly oldSha: string | null
}

/** A commit that is stored and that no branch has yet. */
export type PreparedCommit = CommitResult & { readonly branch: string }

/** `message` is GitLab's sentence. */
export type CommitRefusal =
  | ActionRefusal
  | {
      readonly code: 'branch_not_found' | 'branch_exists' | 'branch_moved' | 'invalid_branch_name' | 'start_not_found'
      readonly message: string
    }

/**
 * Adds one commit with changed files to a branch (GitLab API docs, Commits and Repository files). The branch moves only
 * if it is still where it was when the work began; until then nothing of it can be seen.
 */
export async function commitActions(
  repo: Repository,
  request: CommitRequest,
): Promise<Result<CommitResult, CommitRefusal>> {
  const prepared = await prepareCommit(repo, request)
  return prepared.ok ? publishCommit(repo, prepared.value) : prepared
}

/**
 * The first half of `commitActions`: stores the commit and moves nothing, so that the caller can note what the branch is
 * about to become. A commit that is never published is collected like other garbage.
 */
export async function prepareCommit(
  repo: Repository,
  request: CommitRequest,
): Promise<Result<PreparedCommit, CommitRefusal>> {
  const start = await findStart(repo, request)
  if (!start.ok) return start
  const { base, oldSha } = start.value
  const plan = await planActions(repo, base, request.actions)
  if (!plan.ok) return plan

  const tree = await writeTree(repo, base, plan.value)
  const sha = await writeCommit(repo, tree, base, request)
  return ok({ sha, oldSha, branch: request.branch })
}

/** The second half: moves the branch, unless it has moved since the commit was prepared. */
export async function publishCommit(
  repo: Repository,
  { sha, oldSha, branch }: PreparedCommit,
): Promise<Result<CommitResult, CommitRefusal>> {
  const ref = { type: 'branch', name: branch } as const
  const moved = oldSha ? await updateRef(repo, ref, sha, oldSha) : await createRef(repo, ref, sha)
  return moved.ok ? ok({ sha, oldSha }) : err(refusalOf(moved.error, branch))
}

/** The commit to build on, and where the branch is now. */
async function findStart(
  repo: Repository,
  request: CommitRequest,
): Promise<Result<{ base: string | null; oldSha: string | null }, CommitRefusal>> {
  const { branch, startBranch, startSha } = request
  const oldSha = await resolve(repo, fullRefName({ type: 'branch', name: branch }))
  const problem = oldSha ? null : newRefProblem({ type: 'branch', name: branch })
  if (problem) return err({ code: 'invalid_branch_name', message: 'Branch name is invalid' })
  if (!oldSha && (await isEmpty(repo))) return ok({ base: null, oldSha })

  const isOther = startSha !== undefined || (startBranch !== undefined && startBranch !== branch)
  if (isOther && oldSha && !request.force) {
    const message = `A branch called '${branch}' already exists. Switch to that branch in order to make changes`
    return err({ code: 'branch_exists', message })
  }
  if (startSha !== undefined) {
    const base = await resolve(repo, startSha)
    return base
      ? ok({ base, oldSha })
      : err({ code: 'start_not_found', message: `Cannot find start_sha '${startSha}'` })
  }
  const base = isOther ? await resolve(repo, fullRefName({ type: 'branch', name: startBranch ?? '' })) : oldSha
  if (base) return ok({ base, oldSha })
  return err({ code: 'branch_not_found', message: 'You can only create or edit files when you are on a branch' })
}

/** Writes the new blobs and the trees that hold them, using an index of its own, and returns the root tree. */
async function writeTree(
  repo: Repository,
  base: string | null,
  plan: ReadonlyMap<string, PlannedFile>,
): Promise<string> {
  const dir = await mkdtemp(join(repo.path, temporaryPrefix))
  try {
    const env = { GIT_INDEX_FILE: join(dir, 'index') }
    const blobs = await writeBlobs(repo, dir, plan)
    await runGit(repo, ['read-tree', base ?? '--empty'], { env })
    const lines = [...plan].map(([path, file]) => {
      const entry = file ? `${file.mode} ${blobs.get(path)}` : `0 ${zeroSha}`
      return `${entry}\t${path}\0`
    })
    await runGit(repo, ['update-index', '-z', '--index-info'], { env, input: lines.join('') })
    const { stdout } = await runGit(repo, ['write-tree'], { env })
    return stdout.toString('latin1').trim()
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The blob id of every planned file; new contents are stored by one process. */
async function writeBlobs(
  repo: Repository,
  dir: string,
  plan: ReadonlyMap<string, PlannedFile>,
): Promise<ReadonlyMap<string, string>> {
  const blobs = new Map<string, string>()
  const fresh: { path: string; file: string }[] = []
  for (const [path, file] of plan) {
    if (!file) continue
    if (typeof file.blob === 'string') {
      blobs.set(path, file.blob)
      continue
    }
    const name = join(dir, `blob-${fresh.length}`)
    await writeFile(name, file.blob)
    fresh.push({ path, file: name })
  }
  if (fresh.length === 0) return blobs
  const { stdout } = await runGit(repo, ['hash-object', '-w', '--no-filters', '--stdin-paths'], {
    input: fresh.map(({ file }) => `${file}\n`).join(''),
  })
  const ids = stdout.toString('latin1').split('\n')
  for (const [index, { path }] of fresh.entries()) blobs.set(path, ids[index] ?? '')
  return blobs
}

async function writeCommit(
  repo: Repository,
  tree: string,
  parent: string | null,
  { author, committer, message }: CommitRequest,
): Promise<string> {
  const env = { ...identity('AUTHOR', author), ...identity('COMMITTER', committer) }
  const args = ['commit-tree', ...(parent ? ['-p', parent] : []), '-F', '-', tree]
  const { stdout } = await runGit(repo, args, { env, input: message.replaceAll('\0', '') })
  return stdout.toString('latin1').trim()
}

function identity(role: 'AUTHOR' | 'COMMITTER', signature: Signature): Record<string, string> {
  const { name, email, seconds } = cleanSignature(signature)
  return {
    [`GIT_${role}_NAME`]: name,
    [`GIT_${role}_EMAIL`]: email,
    [`GIT_${role}_DATE`]: `@${seconds} +0000`,
  }
}

/**
 * A signature as git can store it, with its date in seconds since 1970. Git refuses names without a letter or digit in
 * them, and drops the characters that end a field.
 */
export function cleanSignature({ name, email, date }: Signature): { name: string; email: string; seconds: number } {
  const clean = (text: string) => text.replace(/[\0\n\r<>]/g, '').trim()
  const address = clean(email)
  const shown = clean(name)
  return {
    name: /[\p{L}\p{N}]/u.test(shown) ? shown : address.split('@')[0] || 'unknown',
    email: address,
    seconds: Math.floor((date ?? new Date()).getTime() / 1000),
  }
}

function refusalOf(refusal: RefRefusal, branch: string): CommitRefusal {
  if (refusal.code === 'invalid_ref_name' || refusal.code === 'ref_conflicts') {
    return { code: 'invalid_branch_name', message: 'Branch name is invalid' }
  }
  const message = `Could not update refs/heads/${branch}. Please refresh and try again.`
  return { code: 'branch_moved', message }
}
