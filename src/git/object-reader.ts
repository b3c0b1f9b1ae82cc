import { err, ok, type Result } from '../domain/result.ts'
import type { ObjectReply } from './cat-file.ts'
import { type Commit, parseCommit, parseTag, type TagObject } from './commit-object.ts'
import { runGit } from './git-process.ts'
import { isSha, refNameProblem } from './ref-name.ts'
import type { Repository } from './repository-store.ts'

export type File = {
  /** The blob's id. */
  readonly sha: string
  readonly size: number
  readonly content: Buffer
}

export type Entry = {
  readonly sha: string
  readonly type: 'blob' | 'tree' | 'commit'
  /** Six octal digits: `100644`, `100755` (executable), `120000` (symbolic link), `040000` (tree), `160000` (submodule). */
  readonly mode: string
}

export type ReadRefusal =
  | { readonly code: 'revision_not_found' }
  | { readonly code: 'file_not_found' }
  | { readonly code: 'file_too_large'; readonly size: number }

// Larger ones exist only to hurt readers: a page of commits is held in memory at once.
const maxCommitBytes = 1024 * 1024
const maxTreeBytes = 32 * 1024 * 1024

/**
 * The commit that a revision names, or null. A revision is a full ref name (`refs/heads/main`), `HEAD`, a commit or tag
 * id of 4 to 40 hexadecimal digits, any of them followed by `^` and `~N` steps. A short branch or tag name is not a
 * revision, because it does not say which of the two it is: see `lookupName`.
 */
export async function resolve(repo: Repository, revision: string): Promise<string | null> {
  if (revision.length > 1200) return null
  const match = /^([^~^]+)((?:~\d{0,9}|\^\d{0,3})*)$/.exec(revision)
  const [, base = '', steps = ''] = match ?? []
  const object = await resolveBase(repo, base)
  if (!object) return null
  const commit = await repo.catFiles.ask(repo, 'info', `${object}${steps}^{commit}`)
  return commit?.sha ?? null
}

async function resolveBase(repo: Repository, base: string): Promise<string | null> {
  if (base === 'HEAD' || (base.startsWith('refs/') && !refNameProblem(base))) return readRef(repo, base)
  const hex = base.toLowerCase()
  if (isSha(hex)) return hex
  if (!/^[0-9a-f]{4,39}$/.test(hex)) return null
  return expandId(repo, hex)
}

/** Full id of the only commit whose id starts with `prefix`; never a ref that happens to have this name. */
async function expandId(repo: Repository, prefix: string): Promise<string | null> {
  const { stdout } = await runGit(repo, ['rev-parse', `--disambiguate=${prefix}`], {
    maxBytes: 64 * 1024,
    onOverflow: 'truncate',
    expect: [0, 128],
  })
  const candidates = stdout.toString('latin1').split('\n').filter(isSha)
  const commits: string[] = []
  for (const sha of candidates) {
    const object = await repo.catFiles.ask(repo, 'info', sha)
    if (object?.type === 'commit') commits.push(sha)
  }
  return commits.length === 1 ? (commits[0] ?? null) : null
}

/**
 * The object id a full ref name holds (for an annotated tag the tag's own id), or null. Exact: git's search through
 * `refs/tags/<name>` and the like, which could find a ref of another kind, is not used.
 */
export async function readRef(repo: Repository, fullName: string): Promise<string | null> {
  if (fullName !== 'HEAD' && refNameProblem(fullName)) return null
  const { code, stdout } = await runGit(repo, ['show-ref', '--verify', '--hash', '--', fullName], {
    expect: [0, 1, 128],
  })
  const sha = stdout.toString('latin1').trim()
  return code === 0 && isSha(sha) ? sha : null
}

/** A commit by revision, or null when there is none, or it is larger than 1 MiB. */
export async function readCommit(repo: Repository, revision: string): Promise<Commit | null> {
  const sha = await resolve(repo, revision)
  if (!sha) return null
  const object = await readObject(repo, sha, maxCommitBytes)
  return object?.ok && object.value.type === 'commit' ? parseCommit(sha, object.value.content) : null
}

/** Commits by their full ids, in the same order; ids that are not commits, or of ones above 1 MiB, are left out. */
export async function readCommits(repo: Repository, shas: readonly string[]): Promise<Commit[]> {
  const objects = await Promise.all(shas.filter(isSha).map((sha) => readObject(repo, sha, maxCommitBytes, 'commit')))
  return objects.flatMap((object) => (object?.ok ? [parseCommit(object.value.sha, object.value.content)] : []))
}

/** The annotated tag behind `refs/tags/<name>`; null for a lightweight tag, and when there is none. */
export async function readTag(repo: Repository, name: string): Promise<TagObject | null> {
  const sha = await readRef(repo, `refs/tags/${name}`)
  if (!sha) return null
  const object = await readObject(repo, sha, maxCommitBytes)
  return object?.ok && object.value.type === 'tag' ? parseTag(sha, object.value.content) : null
}

/**
 * The content of a file at a revision, up to `maxBytes`. For a symbolic link it is the link's target, as git stores it.
 */
export async function readFile(
  repo: Repository,
  revision: string,
  path: string,
  maxBytes: number,
): Promise<Result<File, ReadRefusal>> {
  const commit = await resolve(repo, revision)
  if (!commit) return err({ code: 'revision_not_found' })
  if (pathProblem(path)) return err({ code: 'file_not_found' })
  const object = await readObject(repo, `${commit}:${path}`, maxBytes, 'blob')
  if (!object) return err({ code: 'file_not_found' })
  if (!object.ok) return object
  const { sha, size, content } = object.value
  return ok({ sha, size, content })
}

/** What a path is at a revision, or null. The empty path is the root tree. */
export async function readEntry(repo: Repository, revision: string, path: string): Promise<Entry | null> {
  const commit = await resolve(repo, revision)
  if (!commit) return null
  if (path === '') {
    const root = await repo.catFiles.ask(repo, 'info', `${commit}^{tree}`)
    return root ? { sha: root.sha, type: 'tree', mode: '040000' } : null
  }
  if (pathProblem(path)) return null
  const slash = path.lastIndexOf('/')
  const parent = slash < 0 ? `${commit}^{tree}` : `${commit}:${path.slice(0, slash)}`
  const tree = await readObject(repo, parent, maxTreeBytes, 'tree')
  if (!tree?.ok) return null
  return parseTree(tree.value.content).find((entry) => entry.name === path.slice(slash + 1)) ?? null
}

/** The entries of a tree by its id, in git's order; empty when there is no such tree. */
export async function readTreeEntries(repo: Repository, sha: string): Promise<(Entry & { readonly name: string })[]> {
  const tree = isSha(sha) ? await readObject(repo, sha, maxTreeBytes, 'tree') : null
  return tree?.ok ? parseTree(tree.value.content) : []
}

/** Parses a tree object: per entry an octal mode, a space, a name, a zero byte and twenty bytes of id. */
export function parseTree(content: Buffer): (Entry & { readonly name: string })[] {
  const entries: (Entry & { readonly name: string })[] = []
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const end = content.indexOf(0, space)
    if (space < 0 || end < 0) break
    const mode = content.toString('latin1', at, space).padStart(6, '0')
    entries.push({
      name: content.toString('utf8', space + 1, end),
      mode,
      type: mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob',
      sha: content.toString('hex', end + 1, end + 21),
    })
    at = end + 21
  }
  return entries
}

/**
 * Why a path cannot name anything in a tree, or null when it can: git would read `./` and `../` as relative to a
 * directory this server does not have, and a line feed would end the question to `cat-file`.
 */
export function pathProblem(path: string): string | null {
  if (path === '') return 'is empty'
  if (!path.isWellFormed()) return 'is not valid Unicode'
  if (/[\n\0]/.test(path)) return 'contains a line feed or a zero byte'
  if (Buffer.byteLength(path) > 4096) return 'is longer than 4096 bytes'
  for (const component of path.split('/')) {
    if (component === '') return 'has an empty component'
    if (component === '.' || component === '..') return 'has a component . or ..'
  }
  return null
}

/** Asks for the size first, so that an object larger than allowed is never read. */
async function readObject(
  repo: Repository,
  name: string,
  maxBytes: number,
  type?: ObjectReply['type'],
): Promise<Result<ObjectReply, { readonly code: 'file_too_large'; readonly size: number }> | null> {
  const info = await repo.catFiles.ask(repo, 'info', name)
  if (!info || (type && info.type !== type)) return null
  if (info.size > maxBytes) return err({ code: 'file_too_large', size: info.size })
  const object = await repo.catFiles.ask(repo, 'contents', info.sha)
  return object ? ok(object) : null
}
