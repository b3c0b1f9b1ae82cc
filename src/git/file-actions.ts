import { err, ok, type Result } from '../domain/result.ts'
import { lastCommitOf } from './log.ts'
import { pathProblem, readEntry } from './object-reader.ts'
import type { Repository } from './repository-store.ts'
import { listTree } from './tree.ts'

type Guard = {
  /**
   * A commit the editor knew. The action is refused when the file's newest commit is another one there than on the
   * branch (GitLab API docs, Commits: `last_commit_id`).
   */
  readonly lastCommitId?: string
}

/** One change of a commit (GitLab API docs, Commits: Create a commit with multiple files and actions). */
export type FileAction =
  | { readonly action: 'create'; readonly path: string; readonly content: Buffer; readonly executable?: boolean }
  | ({
      readonly action: 'update'
      readonly path: string
      readonly content: Buffer
      readonly executable?: boolean
    } & Guard)
  | ({ readonly action: 'delete'; readonly path: string } & Guard)
  /** Without `content` the file keeps its own. */
  | ({
      readonly action: 'move'
      readonly path: string
      readonly previousPath: string
      readonly content?: Buffer
    } & Guard)
  | { readonly action: 'chmod'; readonly path: string; readonly executable: boolean }

/** `message` is GitLab's sentence. */
export type ActionRefusal = {
  readonly code:
    | 'file_exists'
    | 'directory_exists'
    | 'file_not_found'
    | 'file_changed'
    | 'path_traversal'
    | 'invalid_path'
    | 'empty_path'
  readonly message: string
  readonly path: string
}

/** What a path holds after the actions: a stored blob or new content, or null for nothing. */
export type PlannedFile = { readonly mode: string; readonly blob: string | Buffer } | null

const sentences = {
  file_exists: 'A file with this name already exists',
  directory_exists: 'A directory with this name already exists',
  file_not_found: "A file with this name doesn't exist",
  file_changed: 'You are attempting to update a file that has changed since you started editing it.',
  path_traversal: 'Path cannot include directory traversal',
  empty_path: 'You must provide a file path',
} as const

/**
 * Applies actions in their order to the tree of `base` (null: an empty repository) and returns what differs from it, or
 * the first reason against it. Nothing is written.
 */
export async function planActions(
  repo: Repository,
  base: string | null,
  actions: readonly FileAction[],
): Promise<Result<ReadonlyMap<string, PlannedFile>, ActionRefusal>> {
  const plan = new Map<string, PlannedFile>()

  const fileAt = async (path: string): Promise<PlannedFile> => {
    const planned = plan.get(path)
    if (planned !== undefined || !base) return planned ?? null
    const entry = await readEntry(repo, base, path)
    return entry && entry.type !== 'tree' ? { mode: entry.mode, blob: entry.sha } : null
  }

  const isDirectory = async (path: string): Promise<boolean> => {
    for (const [known, file] of plan) if (file && known.startsWith(`${path}/`)) return true
    if (!base || (await readEntry(repo, base, path))?.type !== 'tree') return false
    const listed = await listTree(repo, base, { path, recursive: true })
    return listed.ok && listed.value.entries.some((e) => e.type !== 'tree' && plan.get(e.path) !== null)
  }

  /** Whether a file may be put at a path where nothing may be yet. */
  const obstacle = async (path: string): Promise<keyof typeof sentences | null> => {
    if (await fileAt(path)) return 'file_exists'
    if (await isDirectory(path)) return 'directory_exists'
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
      if (await fileAt(path.slice(0, at))) return 'file_exists'
    }
    return null
  }

  const apply = async (action: FileAction): Promise<keyof typeof sentences | null> => {
    const { path } = action
    if (action.action === 'create') {
      const problem = await obstacle(path)
      if (!problem) plan.set(path, { mode: action.executable ? '100755' : '100644', blob: action.content })
      return problem
    }
    const source = action.action === 'move' ? action.previousPath : path
    const file = await fileAt(source)
    if (!file) return 'file_not_found'
    if (action.action === 'chmod') {
      plan.set(path, { mode: modeFor(file.mode, action.executable), blob: file.blob })
      return null
    }
    if (base && action.lastCommitId !== undefined) {
      const [here, there] = await Promise.all([
        lastCommitOf(repo, base, source),
        lastCommitOf(repo, action.lastCommitId, source),
      ])
      // A commit that is not there any more proves nothing, so it counts as a change.
      if (here !== there) return 'file_changed'
    }
    if (action.action === 'update') {
      plan.set(path, { mode: modeFor(file.mode, action.executable), blob: action.content })
      return null
    }
    plan.set(source, null)
    if (action.action === 'delete') return null
    const problem = await obstacle(path)
    // A file cannot be moved onto itself either.
    if (problem || path === source) return problem ?? 'file_exists'
    plan.set(path, { mode: file.mode, blob: action.content ?? file.blob })
    return null
  }

  for (const action of actions) {
    for (const path of action.action === 'move' ? [action.previousPath, action.path] : [action.path]) {
      const refusal = pathRefusal(path)
      if (refusal) return err(refusal)
    }
    const code = await apply(action)
    if (code) return err({ code, message: sentences[code], path: action.path })
  }
  return ok(plan)
}

/** Why a path may not be written, or null when it may. */
export function pathRefusal(path: string): ActionRefusal | null {
  if (path === '') return { code: 'empty_path', message: sentences.empty_path, path }
  const components = path.split('/')
  if (components.includes('..')) return { code: 'path_traversal', message: sentences.path_traversal, path }
  if (pathProblem(path) || path.includes('\\') || components.some(isGitDirectory)) {
    return { code: 'invalid_path', message: `invalid path: '${path}'`, path }
  }
  return null
}

/**
 * True for every spelling that some file system takes for `.git`, where a checkout would write its own configuration:
 * other cases, trailing dots and spaces, `GIT~1` and streams on Windows, ignorable characters on macOS.
 */
function isGitDirectory(component: string): boolean {
  const name = component.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '').toLowerCase()
  return /^(?:\.git|git~\d+)(?:[. ]*$|[. ]*:)/.test(name)
}

/** Only plain files are executable or not; a link or a submodule keeps its mode. */
function modeFor(mode: string, executable: boolean | undefined): string {
  if (executable === undefined || !mode.startsWith('100')) return mode
  return executable ? '100755' : '100644'
}
