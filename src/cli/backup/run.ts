/** `backup` and `restore` from the settings of the environment to one sentence at the end. */
import { createWriteStream } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { DatabaseError } from 'pg'
import { type Config, readConfig } from '../../config.ts'
import { DatabaseRefusal } from '../../db/database-refusal.ts'
import { refused, unreachable, wrongUsage } from '../failure.ts'
import { type BackupCounts, makeBackup } from './make-backup.ts'
import { restoreBackup } from './restore-backup.ts'
import { settleRestore, syncDirectory } from './settle-restore.ts'
import { readFrom } from './spool.ts'
import { createStorage, openStorage, type Storage } from './storage.ts'

export interface BackupResult extends BackupCounts {
  /** Null for standard output. */
  readonly file: string | null
}

/** @param file null for standard output */
export async function runBackup(file: string | null): Promise<BackupResult> {
  return withStorage(openStorage, async (storage, signal) => {
    await settleRestore(storage.db, storage.dataDir)
    if (file === null) {
      // Not process.stdout, whose reader may stop early without that being an error.
      const output = createWriteStream('', { fd: 1, autoClose: false })
      return { file, ...(await makeBackup(storage, output, { spoolDir: tmpdir(), signal })) }
    }
    return { file, ...(await backupToFile(storage, resolve(file), signal)) }
  })
}

/** A file under its name is always a whole backup: it is written beside and renamed. */
async function backupToFile(storage: Storage, path: string, signal: AbortSignal): Promise<BackupCounts> {
  const temporary = `${path}.partial-${process.pid}`
  // It holds what the database holds: digests of passwords and tokens, and secrets of pipelines.
  const file = await open(temporary, 'wx', 0o600)
  try {
    const output = file.createWriteStream({ flush: true })
    const counts = await makeBackup(storage, output, { spoolDir: dirname(path), signal })
    await rename(temporary, path)
    await syncDirectory(dirname(path))
    return counts
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

export interface RestoreResult extends BackupCounts {
  readonly serverRuns: Storage['serverRuns']
}

/** @param file null for standard input */
export async function runRestore(file: string | null, replace: boolean): Promise<RestoreResult> {
  // A wrong name is told before anything is started or made.
  const handle = file === null ? null : await openInput(file)
  try {
    return await withStorage(createStorage, async (storage, signal) => {
      const input = () => addAbortSignal(signal, handle === null ? process.stdin : Readable.from(readFrom(handle)))
      const counts = await restoreBackup(storage, input, replace)
      return { ...counts, serverRuns: storage.serverRuns }
    })
  } finally {
    await handle?.close()
  }
}

async function openInput(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r')
  } catch (error) {
    throw wrongUsage(`Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    })
  }
}

/** Opens, works, closes; what an operator can mend becomes one sentence. */
async function withStorage<T>(
  opening: (config: Config) => Promise<Storage>,
  work: (storage: Storage, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const config = readConfig(process.env)
  if (!config.ok) throw wrongUsage(config.error.join(' '))
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  // Once: the same signal again ends the process at once. A database that was started for this would be left running.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)
  try {
    const storage = await opening(config.value)
    try {
      return await work(storage, interrupted.signal)
    } finally {
      await storage.close()
    }
  } catch (error) {
    if (interrupted.signal.aborted) throw refused('Interrupted before it was done.', { cause: error })
    throw sentenceFor(error)
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt)
  }
}

function sentenceFor(error: unknown): unknown {
  if (error instanceof DatabaseRefusal) {
    if (error.code === 'unreachable') return unreachable(error.message, { cause: error })
    const hint = error.code === 'not_empty' ? ' Use --replace to remove what is there and restore in its place.' : ''
    return refused(error.message + hint, { cause: error })
  }
  const ended =
    error instanceof DatabaseError
      ? error.severity === 'FATAL'
      : error instanceof Error && error.message.startsWith('Connection terminated')
  return ended ? unreachable('The database went away while it was in use.', { cause: error }) : error
}
