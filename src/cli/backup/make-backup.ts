/** Writes everything a server stores as one archive, while the server goes on working. */
import type { Dirent } from 'node:fs'
import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { exportDatabase } from '../../db/backup.ts'
import { type GitDirectory, GitError } from '../../git/git-process.ts'
import { version } from '../../version.ts'
import { type NewEntry, writeArchive } from './archive.ts'
import { packObjects, readRefs } from './repository.ts'
import { openSpool, readFrom, type Spool } from './spool.ts'
import type { Storage } from './storage.ts'

export interface BackupCounts {
  rows: number
  repositories: number
  blobs: number
}

/**
 * Writes a backup to `output` and ends it.
 *
 * The database is read first, as it is at one moment, and the files after it. Rows are committed after the commits and blobs that
 * they refer to were written, so everything the rows need is among the files; what the files have more belongs to rows that came
 * later, and restoring drops it or does not see it. The one exception is what somebody removes meanwhile: its row is in the
 * backup and its file may not be, as if the file had been lost. Restoring makes such a repository empty.
 *
 * `spoolDir` is a directory with room for the rows, and for the largest repository.
 */
export async function makeBackup(
  storage: Storage,
  output: Writable,
  { spoolDir, signal }: { readonly spoolDir: string; readonly signal: AbortSignal },
): Promise<BackupCounts> {
  const counts = { rows: 0, repositories: 0, blobs: 0 }
  const home = await mkdtemp(join(tmpdir(), 'countersign-backup-'))
  try {
    const archive = writeArchive(entries(storage, { spoolDir, home }, counts), version)
    await pipeline(Readable.from(archive), output, { signal })
    return counts
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

interface Scratch {
  readonly spoolDir: string
  /** An empty directory, git's HOME. */
  readonly home: string
}

async function* entries({ db, dataDir }: Storage, scratch: Scratch, counts: BackupCounts): AsyncGenerator<NewEntry> {
  const rows = await openSpool(scratch.spoolDir)
  try {
    counts.rows = (await exportDatabase(db, await rows.rewrite())).rows
    yield { name: 'database.jsonl', size: await rows.size(), content: rows.content() }
  } finally {
    await rows.close()
  }
  const repositories = join(dataDir, 'repositories')
  for (const { name } of await list(repositories)) {
    const id = /^([1-9]\d*)\.git$/.exec(name)?.[1]
    if (id === undefined) continue
    yield* repositoryEntries(join(repositories, name), id, scratch, counts)
  }
  for await (const key of blobKeys(join(dataDir, 'blobs'))) yield* blobEntry(join(dataDir, 'blobs', key), key, counts)
}

async function* repositoryEntries(
  path: string,
  id: string,
  { home, spoolDir }: Scratch,
  counts: BackupCounts,
): AsyncGenerator<NewEntry> {
  const repository = { path, home }
  const objects = await openSpool(spoolDir)
  try {
    const refs = await unlessRemoved(path, async () => {
      const read = Buffer.from(await readRefs(repository))
      await pack(repository, objects)
      return read
    })
    if (refs === null) return
    counts.repositories += 1
    yield { name: `repositories/${id}/refs`, size: refs.length, content: [refs] }
    yield { name: `repositories/${id}/objects.pack`, size: await objects.size(), content: objects.content() }
  } finally {
    await objects.close()
  }
}

/** Objects that nobody needs may be collected between being listed and being packed; then the list is made again. */
async function pack(repository: GitDirectory, objects: Spool): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await packObjects(repository, await objects.rewrite())
    } catch (error) {
      if (attempt === 3 || !(error instanceof GitError)) throw error
    }
  }
}

/** Null when the repository was removed with its project meanwhile. */
async function unlessRemoved<T>(path: string, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if ((await list(path)).length === 0) return null
    throw error
  }
}

async function* blobEntry(path: string, key: string, counts: BackupCounts): AsyncGenerator<NewEntry> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (file === null) return
  try {
    // A blob is written under another name and renamed, so what is open here does not change.
    const { size } = await file.stat()
    counts.blobs += 1
    yield { name: `blobs/${key}`, size, content: readFrom(file) }
  } finally {
    await file.close()
  }
}

/** Paths of all complete blobs; names that begin with a dot are still being written. */
async function* blobKeys(root: string, below = ''): AsyncGenerator<string> {
  for (const entry of await list(join(root, below))) {
    if (entry.name.startsWith('.')) continue
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield* blobKeys(root, path)
    else yield path
  }
}

/** In order of their names; nothing when there is no such directory. */
async function list(directory: string): Promise<Dirent[]> {
  try {
    const found = await readdir(directory, { withFileTypes: true })
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
