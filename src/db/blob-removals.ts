/**
 * Keys of blobs that no row needs. A blob is reserved here before it is stored, and leaves the table in the transaction that
 * writes its row; a crash in between leaves it to the worker. Deleted rows put theirs here by trigger.
 */
import { sql } from 'kysely'
import type { Db, Tx } from './open.ts'

/** Longer than any upload takes. */
const uploadTime = '1 day'

/** Announces a blob whose row comes later. */
export async function reserveBlob(tx: Tx, key: string): Promise<void> {
  await tx
    .insertInto('blob_removals')
    .values({ key, due_at: sql<Date>`now() + ${uploadTime}::interval` })
    .execute()
}

/** A row needs the blob from now on. False when it was reserved too long ago and may be gone. */
export async function keepBlob(tx: Tx, key: string): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('blob_removals').where('key', '=', key).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** No row will come: the blob can go at once. */
export async function releaseBlob(tx: Tx, key: string): Promise<void> {
  await tx.updateTable('blob_removals').set({ due_at: sql<Date>`now()` }).where('key', '=', key).execute()
}

/** Some keys that are due, the oldest first. */
export async function dueBlobs(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('blob_removals')
    .select('key')
    .where('due_at', '<=', sql<Date>`now()`)
    .orderBy('due_at')
    .limit(limit)
    .execute()
  return rows.map((row) => row.key)
}

/** After the blobs are gone. */
export async function forgetBlobs(tx: Tx, keys: readonly string[]): Promise<void> {
  await tx
    .deleteFrom('blob_removals')
    .where('key', 'in', [...keys])
    .execute()
}
