/** Brings a backup back: all of it, or nothing. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DatabaseRefusal } from '../../db/database-refusal.ts'
import { migrate } from '../../db/migrate.ts'
import type { Db, Tx } from '../../db/open.ts'
import { importDatabase, whileAloneRestoring } from '../../db/restore.ts'
import { invalid, type ReadEntry, readArchive } from './archive.ts'
import type { BackupCounts } from './make-backup.ts'
import { initRepository, unpackObjects, writeRefs } from './repository.ts'
import { makeStaging, recordStaging, settleAlone, syncDirectory } from './settle-restore.ts'
import { type Storage, storedDirectories } from './storage.ts'

/**
 * Restores `input` into an empty data directory and database, or in place of what is there. Whenever it ends early, by an error
 * or killed, everything is as it was (see settle-restore.ts). A server that runs meanwhile goes on with what was restored.
 * @param input opened when everything is ready to read it
 * @throws CommandFailure when the backup is not whole, DatabaseRefusal when there is something and `replace` is false
 */
export async function restoreBackup(storage: Storage, input: () => Readable, replace: boolean): Promise<BackupCounts> {
  const { db, dataDir } = storage
  await migrate(db)
  return whileAloneRestoring(db, false, async () => {
    await settleAlone(db, dataDir)
    if (!replace) await refuseUnlessEmpty(db, dataDir)
    const staging = await makeStaging(dataDir)
    try {
      const counts = await bringBack(db, input(), staging, replace)
      // Puts the files in their places.
      await settleAlone(db, dataDir)
      return counts
    } catch (error) {
      // Removes them, unless the commit did happen; what this cannot do now, the next start does.
      await settleAlone(db, dataDir).catch(() => undefined)
      throw error
    }
  })
}

async function bringBack(db: Db, input: Readable, staging: string, replace: boolean): Promise<BackupCounts> {
  const counts = await stage(input, staging)
  await syncTree(staging)
  const { rows } = await importDatabase(db, createReadStream(join(staging, 'database.jsonl')), {
    replace,
    beforeCommit: async (tx) => {
      await matchRepositories(tx, staging)
      await recordStaging(tx, staging, { ...counts, replaced: replace })
    },
  })
  return { ...counts, rows }
}

/** Before reading gigabytes; the import asks the database again, under its locks. */
async function refuseUnlessEmpty(db: Db, dataDir: string): Promise<void> {
  const user = await db.selectFrom('users').select('id').limit(1).executeTakeFirst()
  if (user) throw new DatabaseRefusal('not_empty', 'The database is not empty.')
  for (const directory of storedDirectories) {
    const names = await readdir(join(dataDir, directory)).catch(() => [])
    if (names.every((name) => name.startsWith('.'))) continue
    throw new DatabaseRefusal('not_empty', `${join(dataDir, directory)} is not empty.`)
  }
}

/** Everything in the archive as files; nothing is believed before the whole of it was read and checked. */
async function stage(input: Readable, staging: string): Promise<Omit<BackupCounts, 'rows'>> {
  const counts = { repositories: 0, blobs: 0 }
  // `.home` is where git runs (git/repository-store.ts); a server that is running goes on using it.
  for (const directory of ['repositories/.home', 'blobs'])
    await mkdir(join(staging, directory), { recursive: true, mode: 0o700 })
  const refs = new Map<string, readonly string[]>()
  let rows = false
  for await (const entry of readArchive(input)) {
    const [, id, part] = /^repositories\/([1-9]\d{0,14})\/(refs|objects\.pack)$/.exec(entry.name) ?? []
    if (entry.name === 'database.jsonl') {
      await writeFile(join(staging, 'database.jsonl'), entry)
      rows = true
    } else if (id !== undefined && part === 'refs') {
      const [head = '', ...lines] = (await textOf(entry)).trimEnd().split('\n')
      if (refs.has(id)) throw invalid('it has a repository twice')
      await initRepository(stagedRepository(staging, id), head)
      refs.set(id, lines)
    } else if (id !== undefined) {
      const lines = refs.get(id)
      if (!lines) throw invalid('the objects of a repository come before its refs')
      await unpackObjects(stagedRepository(staging, id), entry.content())
      await writeRefs(stagedRepository(staging, id), lines)
      counts.repositories += 1
    } else {
      await writeFile(join(staging, 'blobs', blobKey(entry.name)), entry)
      counts.blobs += 1
    }
  }
  if (!rows) throw invalid('it has no rows')
  if (counts.repositories !== refs.size) throw invalid('a repository in it has no objects')
  return counts
}

/** Every project has a repository and every repository a project, whatever came or went while the backup was made. */
async function matchRepositories(tx: Tx, staging: string): Promise<void> {
  const projects = await tx.selectFrom('projects').select(['id', 'default_branch']).execute()
  const staged = new Set((await readdir(join(staging, 'repositories'))).filter((name) => name.endsWith('.git')))
  for (const { id, default_branch: branch } of projects) {
    if (staged.delete(`${id}.git`)) continue
    const repository = stagedRepository(staging, String(id))
    await initRepository(repository, `refs/heads/${branch}`)
    await syncTree(repository.path)
  }
  for (const name of staged) await rm(join(staging, 'repositories', name), { recursive: true, force: true })
  await syncDirectory(join(staging, 'repositories'))
}

function stagedRepository(staging: string, id: string): { path: string; home: string } {
  return { path: join(staging, 'repositories', `${id}.git`), home: join(staging, 'repositories', '.home') }
}

/** The key of a blob's entry; a name that leaves the store, or that no blob has, is refused. */
function blobKey(name: string): string {
  const parts = name.split('/')
  const isPlain = parts.every((part) => part !== '' && !part.startsWith('.') && !part.includes('\0'))
  if (parts[0] !== 'blobs' || parts.length < 2 || !isPlain) throw invalid(`it holds ${name}, which is unknown`)
  return parts.slice(1).join('/')
}

async function writeFile(path: string, entry: ReadEntry): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await pipeline(Readable.from(entry.content()), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOTDIR')
    throw taken ? invalid(`it holds ${entry.name} twice`) : error
  }
}

async function textOf(entry: ReadEntry): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of entry.content()) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Makes every file and name below a directory survive a crash of the machine. */
async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) await syncTree(path)
    else await syncFile(path)
  }
  await syncDirectory(directory)
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
