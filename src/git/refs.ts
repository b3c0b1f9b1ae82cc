import { err, ok, type Result } from '../domain/result.ts'
import { GitError, runGit } from './git-process.ts'
import { readRef, resolve } from './object-reader.ts'
import { fullRefName, isSha, newRefProblem, parseRef, pipelineRef, type Ref, zeroSha } from './ref-name.ts'
import type { Repository } from './repository-store.ts'

export type ListedRef = Ref & {
  /** What the ref holds; for an annotated tag the tag's own id. */
  readonly target: string
  /** The commit it leads to; null for the rare tag of a tree or blob. */
  readonly commit: string | null
}

export type ListRefsOptions = {
  /**
   * Part of the name, any case; `^v1` only at its start, `1$` only at its end, `*` for anything in between (GitLab API
   * docs, Branches and Tags).
   */
  readonly search?: string
  /** `updated` is the commit's date for branches, the tagger's or commit's date for tags. Default `name`. */
  readonly orderBy?: 'name' | 'updated' | 'version'
  readonly sort?: 'asc' | 'desc'
}

export type RefRefusal =
  | { readonly code: 'invalid_ref_name'; readonly problem: string }
  | { readonly code: 'ref_exists' }
  /** The ref is not at the expected id (any more); `actual` is null when it does not exist. */
  | { readonly code: 'ref_moved'; readonly actual: string | null }
  /** `feature` and `feature/x` cannot both exist. */
  | { readonly code: 'ref_conflicts' }
  | { readonly code: 'commit_not_found' }

const sortKeys = {
  branch: { name: 'refname', updated: 'committerdate', version: 'version:refname' },
  tag: { name: 'refname', updated: 'creatordate', version: 'version:refname' },
} as const

/** All branches or all tags of a repository that match, sorted; ties are sorted by name. */
export async function listRefs(
  repo: Repository,
  type: Ref['type'],
  options: ListRefsOptions = {},
): Promise<ListedRef[]> {
  const key = sortKeys[type][options.orderBy ?? 'name']
  const { stdout } = await runGit(repo, [
    'for-each-ref',
    '--format=%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)',
    '--sort=refname',
    `--sort=${options.sort === 'desc' ? '-' : ''}${key}`,
    fullRefName({ type, name: '' }),
  ])
  const listed: ListedRef[] = []
  for (const line of stdout.toString('utf8').split('\n')) {
    const [fullName = '', target = '', kind, peeled = '', peeledKind] = line.split('\0')
    const ref = parseRef(fullName)
    if (!ref || !matches(ref.name, options.search)) continue
    let commit: string | null = null
    if (kind === 'commit') commit = target
    else if (peeledKind === 'commit') commit = peeled
    else if (peeledKind === 'tag') commit = await resolve(repo, target)
    listed.push({ ...ref, target, commit })
  }
  return exactFirst(listed, options.search)
}

/** Whoever searches for a whole name finds it at once, whatever the order. */
function exactFirst(listed: ListedRef[], search: string | undefined): ListedRef[] {
  const exact = listed.findIndex(({ name }) => name.toLowerCase() === search?.toLowerCase())
  return exact < 1 ? listed : [...listed.splice(exact, 1), ...listed]
}

/** One branch or tag, or null. */
export async function findRef(repo: Repository, ref: Ref): Promise<ListedRef | null> {
  const target = await readRef(repo, fullRefName(ref))
  return target ? { ...ref, target, commit: await resolve(repo, target) } : null
}

/**
 * Everything a short name may mean. `branch` and `tag` can both be there, and a rule for one says nothing about the
 * other, so the caller decides. `commit` is set when the name reads as a commit id.
 */
export async function lookupName(
  repo: Repository,
  name: string,
): Promise<{ readonly branch: ListedRef | null; readonly tag: ListedRef | null; readonly commit: string | null }> {
  const [branch, tag, commit] = await Promise.all([
    findRef(repo, { type: 'branch', name }),
    findRef(repo, { type: 'tag', name }),
    /^[0-9a-f]{4,40}$/i.test(name) ? resolve(repo, name) : null,
  ])
  return { branch, tag, commit }
}

/** The branches and tags, at most `limit`, whose history has a commit given by its full id. */
export async function refsContaining(
  repo: Repository,
  sha: string,
  types: readonly Ref['type'][],
  limit: number,
): Promise<Ref[]> {
  if (!isSha(sha) || types.length === 0) return []
  const { stdout } = await runGit(repo, [
    'for-each-ref',
    `--contains=${sha}`,
    `--count=${limit}`,
    '--format=%(refname)',
    ...types.map((type) => fullRefName({ type, name: '' })),
  ])
  return refsIn(stdout)
}

/** Names of the branches whose commits are all in the history of a commit given by its full id. */
export async function branchesMergedInto(repo: Repository, sha: string): Promise<ReadonlySet<string>> {
  if (!isSha(sha)) return new Set()
  const { stdout } = await runGit(repo, ['for-each-ref', `--merged=${sha}`, '--format=%(refname)', 'refs/heads/'])
  return new Set(refsIn(stdout).map(({ name }) => name))
}

function refsIn(lines: Buffer): Ref[] {
  return lines
    .toString('utf8')
    .split('\n')
    .flatMap((line) => parseRef(line) ?? [])
}

/** Creates a branch or tag at a commit; refuses when it exists. */
export async function createRef(repo: Repository, ref: Ref, sha: string): Promise<Result<void, RefRefusal>> {
  const problem = newRefProblem(ref)
  if (problem) return err({ code: 'invalid_ref_name', problem })
  const result = await swap(repo, fullRefName(ref), sha, zeroSha)
  return !result.ok && result.error.code === 'ref_moved' ? err({ code: 'ref_exists' }) : result
}

/** Moves a branch or tag from one commit to another, in one step that fails if it is not at `expectedOld`. */
export async function updateRef(
  repo: Repository,
  ref: Ref,
  sha: string,
  expectedOld: string,
): Promise<Result<void, RefRefusal>> {
  return swap(repo, fullRefName(ref), sha, expectedOld)
}

/** Deletes a branch or tag; with `expectedOld`, only if it is still there. */
export async function deleteRef(repo: Repository, ref: Ref, expectedOld?: string): Promise<Result<void, RefRefusal>> {
  const fullName = fullRefName(ref)
  const old = expectedOld ?? (await readRef(repo, fullName))
  if (!old) return err({ code: 'ref_moved', actual: null })
  return swap(repo, fullName, null, old)
}

/** Keeps a pipeline's commit for runners whatever happens to its branch. Repeating it with the same commit is fine. */
export async function createPipelineRef(
  repo: Repository,
  pipelineId: number,
  sha: string,
): Promise<Result<void, RefRefusal>> {
  const result = await swap(repo, pipelineRef(pipelineId), sha, zeroSha)
  if (!result.ok && result.error.code === 'ref_moved') return result.error.actual === sha ? ok(undefined) : result
  return result
}

/** Lets go of a pipeline's commit; nothing happens when it was not kept. */
export async function deletePipelineRef(repo: Repository, pipelineId: number): Promise<void> {
  await runGit(repo, ['update-ref', '-d', pipelineRef(pipelineId)])
}

/** The branch that HEAD names, whether or not it exists: what a clone checks out. */
export async function readHead(repo: Repository): Promise<string | null> {
  const { stdout } = await runGit(repo, ['symbolic-ref', '--quiet', 'HEAD'], { expect: [0, 1] })
  const ref = parseRef(stdout.toString('utf8').trim())
  return ref?.type === 'branch' ? ref.name : null
}

/** Makes HEAD name a branch, which need not exist yet. */
export async function setHead(repo: Repository, branch: string): Promise<Result<void, RefRefusal>> {
  const problem = newRefProblem({ type: 'branch', name: branch })
  if (problem) return err({ code: 'invalid_ref_name', problem })
  await runGit(repo, ['symbolic-ref', 'HEAD', fullRefName({ type: 'branch', name: branch })])
  return ok(undefined)
}

/** True when the repository has no branch. */
export async function isEmpty(repo: Repository): Promise<boolean> {
  const { stdout } = await runGit(repo, ['for-each-ref', '--count=1', '--format=%(refname)', 'refs/heads/'])
  return stdout.length === 0
}

/**
 * Compare-and-swap of any ref: git locks it, compares and moves it. `sha` null deletes; `expectedOld` may be `zeroSha`
 * for "does not exist".
 */
async function swap(
  repo: Repository,
  fullName: string,
  sha: string | null,
  expectedOld: string,
): Promise<Result<void, RefRefusal>> {
  if (sha !== null && !(isSha(sha) && (await resolve(repo, sha)))) return err({ code: 'commit_not_found' })
  if (!isSha(expectedOld)) return err({ code: 'ref_moved', actual: await readRef(repo, fullName) })
  try {
    await runGit(repo, ['update-ref', '--no-deref', '--stdin', '-z'], {
      input: `update ${fullName}\0${sha ?? zeroSha}\0${expectedOld}\0`,
    })
    return ok(undefined)
  } catch (error) {
    if (!(error instanceof GitError) || error.code === null) throw error
    const actual = await readRef(repo, fullName)
    if ((actual ?? zeroSha) !== expectedOld) return err({ code: 'ref_moved', actual })
    if (await hasNeighbour(repo, fullName)) return err({ code: 'ref_conflicts' })
    throw error
  }
}

/** True when a ref exists that is a directory of this one, or the other way round. */
async function hasNeighbour(repo: Repository, fullName: string): Promise<boolean> {
  const parts = fullName.split('/')
  const ancestors = parts.slice(3).map((_, index) => parts.slice(0, index + 3).join('/'))
  const { stdout } = await runGit(repo, ['for-each-ref', '--count=1', '--format=%(refname)', `${fullName}/`])
  if (stdout.length > 0) return true
  for (const name of ancestors) if (await readRef(repo, name)) return true
  return false
}

/** Whether the parts between the stars stand in the name one after the other; the first match of each is the best. */
function matches(name: string, search: string | undefined): boolean {
  if (!search) return true
  const text = name.toLowerCase()
  const atStart = search.startsWith('^')
  const atEnd = search.endsWith('$') && search.length > Number(atStart)
  const parts = search
    .slice(Number(atStart), atEnd ? -1 : undefined)
    .toLowerCase()
    .split('*')
  const last = atEnd ? (parts.pop() ?? '') : ''
  if (!text.endsWith(last)) return false
  const limit = text.length - last.length
  // Without a star the last part is the first one too.
  if (atStart && atEnd && parts.length === 0) return limit === 0
  let at = 0
  for (const [index, part] of parts.entries()) {
    const found = atStart && index === 0 ? (text.startsWith(part) ? 0 : -1) : text.indexOf(part, at)
    if (found < 0 || found + part.length > limit) return false
    at = found + part.length
  }
  return true
}
