import { runGit } from './git-process.ts'
import { isSha } from './ref-name.ts'
import type { Repository } from './repository-store.ts'

/** One file of a diff (GitLab API docs, Repositories: Compare). */
export type DiffFile = {
  readonly oldPath: string
  readonly newPath: string
  /** Six octal digits; `000000` on the side where the file does not exist (GitLab writes `0`). */
  readonly oldMode: string
  readonly newMode: string
  readonly isNew: boolean
  readonly isRenamed: boolean
  readonly isDeleted: boolean
  /** The text was left out because it, or the whole diff, is larger than the limits. */
  readonly isTooLarge: boolean
  /** Unified diff from the first `@@` on; for binary files git's one sentence; empty when only names or modes differ. */
  readonly diff: string
}

export type Diff = {
  readonly files: readonly DiffFile[]
  /** Some files are missing, or some texts were left out. */
  readonly truncated: boolean
}

export type DiffLimits = {
  /** Files in the answer. Default 1,000. */
  readonly maxFiles?: number
  /** Bytes of one file's text. Default 200 KiB. */
  readonly maxFileBytes?: number
  /** Bytes of all texts. Default 4 MiB. */
  readonly maxBytes?: number
}

/** The tree without entries; every repository has it without storing it. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

const options = ['-r', '--find-renames', '-l1000', '--full-index', '--no-ext-diff', '--no-textconv', '--no-color']
const patchOptions = ['-p', '--src-prefix=a/', '--dst-prefix=b/', '--submodule=short', '--no-indent-heuristic']

/** What changed between two commits or trees, given by full ids; `emptyTree` as `from` shows everything as new. */
export async function diffTrees(repo: Repository, from: string, to: string, limits: DiffLimits = {}): Promise<Diff> {
  checkIds(from, to)
  const maxFiles = limits.maxFiles ?? 1000
  const [raw, patch] = await Promise.all([
    runGit(repo, ['diff-tree', ...options, '--raw', '-z', from, to], { onOverflow: 'truncate' }),
    runGit(repo, ['diff-tree', ...options, ...patchOptions, from, to], {
      maxBytes: limits.maxBytes ?? 4 * 1024 * 1024,
      onOverflow: 'truncate',
    }),
  ])
  const changes = parseRaw(raw.stdout)
  const sections = splitPatch(patch.stdout)
  // The last section may be cut in its middle.
  if (patch.truncated) sections.pop()

  let section = 0
  const files = changes.slice(0, maxFiles).map((change): DiffFile => {
    // A file that became a link, or the other way round, is a deletion and a creation in the text.
    const count = change.isTypeChange ? 2 : 1
    const texts = sections.slice(section, section + count)
    section += count
    const size = texts.reduce((sum, text) => sum + text.length, 0)
    const isTooLarge = texts.length < count || size > (limits.maxFileBytes ?? 200 * 1024)
    const { isTypeChange: _, ...file } = change
    return { ...file, isTooLarge, diff: isTooLarge ? '' : texts.map(withoutHeader).join('') }
  })
  const truncated = raw.truncated || changes.length > maxFiles || files.some((file) => file.isTooLarge)
  return { files, truncated }
}

function checkIds(...ids: string[]): void {
  for (const id of ids) if (!isSha(id)) throw new TypeError('A diff needs full object ids')
}

type Change = Omit<DiffFile, 'isTooLarge' | 'diff'> & { readonly isTypeChange: boolean }

/** `:100644 100644 <sha> <sha> R090\0old\0new\0` …; only renames have two paths. */
function parseRaw(output: Buffer): Change[] {
  // What follows the last terminator is nothing, or a field that was cut.
  const fields = output.toString('utf8').split('\0').slice(0, -1)
  const changes: Change[] = []
  for (let at = 0; at < fields.length; ) {
    const [oldMode = '', newMode = '', , , status = ''] = (fields[at] ?? '').slice(1).split(' ')
    const isRenamed = status.startsWith('R')
    const oldPath = fields[at + 1]
    const newPath = fields[at + (isRenamed ? 2 : 1)]
    if (oldPath === undefined || newPath === undefined) break
    const kind = { isNew: status === 'A', isDeleted: status === 'D', isTypeChange: status === 'T' }
    changes.push({ oldPath, newPath, oldMode, newMode, isRenamed, ...kind })
    at += isRenamed ? 3 : 2
  }
  return changes
}

/** Cuts a patch at its `diff --git` lines: no other line of a patch can start like that. */
function splitPatch(patch: Buffer): Buffer[] {
  const mark = Buffer.from('diff --git ')
  const starts: number[] = []
  for (let at = patch.indexOf(mark); at >= 0; at = patch.indexOf(mark, at + 1)) {
    if (at === 0 || patch[at - 1] === 0x0a) starts.push(at)
  }
  return starts.map((start, index) => patch.subarray(start, starts[index + 1] ?? patch.length))
}

function withoutHeader(section: Buffer): string {
  const text = section.toString('utf8')
  const body = /^(?:@@ |Binary files )/m.exec(text)
  return body ? text.slice(body.index) : ''
}
