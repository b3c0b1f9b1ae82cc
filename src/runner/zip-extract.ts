import { constants } from 'node:fs'
import { chmod, type FileHandle, lstat, mkdir, open, realpath, rm, symlink, utimes } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { readZipDirectory, readZipEntry, streamZipEntry, type ZipEntry } from './zip-reader.ts'

/** Bytes up to which an entry is unpacked in one piece. */
const IN_MEMORY = 1024 * 1024

/**
 * Unpacks an archive below `root`. An entry that would land outside (absolute, `..`, or through a link that leads out) stops the
 * extraction; a link whose target lies outside is left out. Existing files are replaced, never written through a link.
 * Links are made last, so no entry can travel over a link of the same archive.
 * @returns the number of entries and one sentence per link that was left out
 */
export async function extractZip(file: FileHandle, root: string): Promise<{ count: number; notes: string[] }> {
  const top = await realpath(root)
  const entries = await readZipDirectory(file)
  for (const entry of entries) checkName(entry.name)
  const notes: string[] = []
  const safe = new Set([top])
  for (const entry of entries) {
    if (entry.kind === 'link') continue
    const target = join(top, entry.name)
    if (entry.kind === 'directory') await makeDirectory(target, top, safe)
    else await extractFile(file, entry, target, top, safe)
  }
  for (const entry of entries) {
    if (entry.kind === 'link' && !(await extractLink(file, entry, top, safe))) {
      notes.push(`WARNING: ${entry.name}: left out, the link leads outside`)
    }
  }
  return { count: entries.length, notes }
}

function checkName(name: string): void {
  const segments = name.split('/')
  const bad = name === '' || name.includes('\0') || name.includes('\\') || isAbsolute(name)
  if (bad || segments.some((segment) => segment === '..' || segment === '')) {
    throw new Error(`the archive contains a forbidden path: ${JSON.stringify(name)}`)
  }
}

/** Makes a directory and those above it. One that exists may be a link only if it leads to a place below the top. */
async function makeDirectory(path: string, top: string, safe: Set<string>): Promise<void> {
  if (safe.has(path)) return
  await makeDirectory(dirname(path), top, safe)
  const existing = await lstat(path).catch(() => null)
  if (existing === null) await mkdir(path)
  else if (!existing.isDirectory()) {
    const real = existing.isSymbolicLink() ? await realpath(path).catch(() => '') : ''
    if (!real.startsWith(`${top}/`)) throw new Error(`${path.slice(top.length + 1)} is not a directory of the project`)
  }
  safe.add(path)
}

async function extractFile(file: FileHandle, entry: ZipEntry, target: string, top: string, safe: Set<string>) {
  await makeDirectory(dirname(target), top, safe)
  await rm(target, { force: true })
  const out = await open(target, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    if (entry.size <= IN_MEMORY) await out.writeFile(await readZipEntry(file, entry, IN_MEMORY))
    else for await (const piece of streamZipEntry(file, entry)) await out.writeFile(piece)
  } finally {
    await out.close()
  }
  await chmod(target, entry.mode)
  if (entry.modified !== null) await utimes(target, entry.modified, entry.modified)
}

/** Relative, and `..` only at its beginning: after a name that may itself be a link, `..` leads to places that no text shows. */
function isPlainGoal(goal: string): boolean {
  if (goal === '' || isAbsolute(goal) || goal.includes('\0')) return false
  const segments = goal.split('/')
  const firstName = segments.findIndex((segment) => segment !== '..')
  return firstName === -1 || !segments.slice(firstName).includes('..')
}

async function extractLink(file: FileHandle, entry: ZipEntry, top: string, safe: Set<string>): Promise<boolean> {
  const path = join(top, entry.name)
  const goal = (await readZipEntry(file, entry, 4096)).toString('utf8')
  await makeDirectory(dirname(path), top, safe)
  if (!isPlainGoal(goal)) return false
  const end = resolve(await realpath(dirname(path)), goal)
  if (end !== top && !end.startsWith(`${top}/`)) return false
  await rm(path, { force: true })
  await symlink(goal, path)
  return true
}
