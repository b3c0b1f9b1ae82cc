import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DatabaseRefusal } from './database-refusal.ts'

export type DataDirLock = { release(): void }

const sqliteBusy = 5

/**
 * Takes the data directory for this process or throws `data_dir_in_use`. The lock is the operating system's own lock on
 * `postgres.lock`, reached through SQLite because Node offers no file locks: it ends with the process, however that ends, and
 * holds across process and network namespaces, so that nothing stale can block a restart.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const path = join(dataDir, 'postgres.lock')
  const ownerPath = join(dataDir, 'postgres.owner')
  createPrivate(path)
  const lock = new DatabaseSync(path, { open: false })
  try {
    lock.open()
    lock.exec('pragma journal_mode = memory; begin exclusive')
  } catch (cause) {
    if (lock.isOpen) lock.close()
    if (!(cause instanceof Error)) throw cause
    const busy = 'errcode' in cause && cause.errcode === sqliteBusy
    if (!busy) throw new DatabaseRefusal('start_failed', `Cannot lock ${path}: ${cause.message}.`, { cause })
    throw new DatabaseRefusal(
      'data_dir_in_use',
      `Another Countersign server${owner(ownerPath)} is using ${dataDir}: stop it, or choose another COUNTERSIGN_DATA_DIR.`,
    )
  }
  writeFileSync(ownerPath, `process ${process.pid} on ${hostname()}`, { mode: 0o600 })
  return { release: () => lock.close() }
}

/** Creates only: opening and closing an existing file here would drop a lock that this very process holds on it. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** Names the owner for the message alone; the lock does not depend on this file. */
function owner(path: string): string {
  try {
    return ` (${readFileSync(path, 'utf8')})`
  } catch {
    return ''
  }
}
