import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { expandBraces, hasWildcard, matchSegments, patternSegments } from './glob.ts'

export interface FileList {
  /** Paths relative to the root, `/` between segments, sorted; directories as well, without their slash. */
  readonly paths: readonly string[]
  /** One sentence per pattern, for the log. */
  readonly notes: readonly string[]
}

/**
 * The files that `paths` names below `root`. A pattern that matches a directory means all of it. `exclude` patterns take out
 * single paths, never a directory with its contents (GitLab: "exclude paths are not recursive"). Links are listed, not followed.
 */
export async function listFiles(
  root: string,
  paths: readonly string[],
  exclude: readonly string[],
  untracked: readonly string[] | null,
): Promise<FileList> {
  const excluded = exclude.flatMap(expandBraces).flatMap((pattern) => {
    const segments = patternSegments(pattern, root)
    return segments === null || segments.length === 0 ? [] : [segments]
  })
  const isExcluded = (path: string): boolean => excluded.some((pattern) => matchSegments(pattern, path.split('/')))
  const all = new Set<string>()
  const notes: string[] = []
  let left = 0

  const add = (found: Iterable<string>): number => {
    let count = 0
    for (const path of found) {
      count += 1
      if (isExcluded(path)) left += 1
      else all.add(path)
    }
    return count
  }

  for (const path of paths) {
    const found = new Set<string>()
    for (const pattern of expandBraces(path)) {
      const segments = patternSegments(pattern, root)
      const matches = segments === null ? null : await findMatches(root, segments)
      if (matches === null) notes.push(`WARNING: ${path}: is outside of the project directory`)
      for (const match of matches ?? []) found.add(match)
    }
    const count = add(found)
    notes.push(count === 0 ? `WARNING: ${path}: no matching files` : `${path}: ${count} files and directories`)
  }
  if (untracked !== null) {
    const count = add(untracked)
    notes.push(count === 0 ? 'untracked: no files' : `untracked: ${count} files`)
  }
  if (left > 0) notes.push(`excluded ${left} files`)
  return { paths: [...all].sort(), notes }
}

/** null: the plain beginning of the pattern leads out of the project directory over a link. */
async function findMatches(root: string, pattern: readonly string[]): Promise<string[] | null> {
  const wild = pattern.findIndex(hasWildcard)
  const base = pattern.slice(0, wild === -1 ? -1 : wild)
  if (await leadsOutside(root, base)) return null
  if (wild === -1) return withContents(root, pattern.join('/'))
  const found: string[] = []
  const endless = pattern.includes('**')
  const visit = async (directory: readonly string[]): Promise<void> => {
    for (const entry of await entries(join(root, ...directory))) {
      const path = [...directory, entry.name]
      if (matchSegments(pattern, path)) found.push(...(await withContents(root, path.join('/'))))
      else if (entry.isDirectory() && (endless || path.length < pattern.length)) await visit(path)
    }
  }
  await visit(base)
  return found
}

async function leadsOutside(root: string, directory: readonly string[]): Promise<boolean> {
  const [top, real] = await Promise.all([realpath(root), realpath(join(root, ...directory)).catch(() => null)])
  return real !== null && real !== top && !real.startsWith(`${top}/`)
}

/** A path and, if it is a directory, everything below it; nothing if it does not exist. '' is the root itself. */
async function withContents(root: string, path: string): Promise<string[]> {
  const stats = await lstat(join(root, path)).catch(() => null)
  if (stats === null) return []
  const found = path === '' ? [] : [path]
  if (!stats.isDirectory()) return found
  for (const entry of await entries(join(root, path))) {
    const inner = path === '' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await withContents(root, inner)))
    else found.push(inner)
  }
  return found
}

function entries(directory: string): Promise<Dirent[]> {
  return readdir(directory, { withFileTypes: true }).catch(() => [])
}
