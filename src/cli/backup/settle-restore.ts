/**
 * The second half of a restore. Rows and files cannot change in one step, so the files wait in a directory beside the old ones
 * and the transaction that brings the rows says which: its commit decides. What a crash leaves after it is finished at the next
 * start, and what it leaves before it is removed.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemAuthor, writeAudit } from '../../db/audit.ts'
import type { Db, Tx } from '../../db/open.ts'
import { whileAloneRestoring } from '../../db/restore.ts'
import { inTransaction } from '../../db/transaction.ts'
import { storedDirectories } from './storage.ts'

const prefix = 'restore-'
const settingsKey = 'restored_files'

/** An empty directory on the same disk as the files it will replace. Only one restore at a time makes one. */
export async function makeStaging(dataDir: string): Promise<string> {
  return mkdtemp(join(dataDir, prefix))
}

/** In the transaction that brings the rows: these files belong to them. */
export async function recordStaging(
  tx: Tx,
  staging: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  const value = JSON.stringify(staging.slice(staging.lastIndexOf('/') + 1))
  await tx
    .insertInto('settings')
    .values({ key: settingsKey, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
  const entry = {
    event: 'instance_restored',
    entity: { type: 'Instance', id: null },
    target: { type: 'Instance', id: null, details: 'Restored from a backup' },
    details,
  } as const
  await writeAudit(tx, [entry], systemAuthor)
}

/** Finishes or undoes what an interrupted restore left. For a server that starts; waits for a restore that is under way. */
export async function settleRestore(db: Db, dataDir: string): Promise<void> {
  const left = await stagings(dataDir)
  if (left.length > 0) await whileAloneRestoring(db, true, () => settleAlone(db, dataDir))
}

/** The same for whoever holds the restore's lock. */
export async function settleAlone(db: Db, dataDir: string): Promise<void> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', settingsKey).executeTakeFirst()
  for (const name of await stagings(dataDir)) {
    const staging = join(dataDir, name)
    if (row?.value === name) await putInPlace(dataDir, staging)
    await rm(staging, { recursive: true, force: true })
  }
  if (row) await inTransaction(db, (tx) => tx.deleteFrom('settings').where('key', '=', settingsKey).execute())
}

/** May be repeated wherever it was interrupted: a part that is no longer in the staging directory is in its place. */
async function putInPlace(dataDir: string, staging: string): Promise<void> {
  const parts = await readdir(staging)
  for (const part of storedDirectories) {
    if (!parts.includes(part)) continue
    await mkdir(join(dataDir, part), { recursive: true, mode: 0o700 })
    await rename(join(dataDir, part), join(staging, `old-${randomUUID()}`))
    await rename(join(staging, part), join(dataDir, part))
    await syncDirectory(dataDir)
  }
}

async function stagings(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => name.startsWith(prefix))
}

/** Makes the names in a directory survive a crash of the machine. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
