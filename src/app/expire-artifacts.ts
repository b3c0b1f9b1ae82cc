/** Removes artifacts whose time is over, and blobs that no row needs. Workers call both; several may do so at once. */
import { type Candidate, deleteExpired, expiredArtifacts } from '../db/artifact-expiry.ts'
import { dueBlobs, forgetBlobs } from '../db/blob-removals.ts'
import { inTransaction } from '../db/transaction.ts'
import { findRef } from '../git/refs.ts'
import type { App } from './context.ts'

const batch = 500

/** Deletes expired artifacts, except those that stay as the newest of a branch or tag that exists. */
export async function expireArtifacts(app: App): Promise<void> {
  let after = 0
  for (;;) {
    const expired = await expiredArtifacts(app.db, after, batch)
    const going = await withoutLatest(app, expired)
    if (going.length > 0) {
      const ids = going.map(({ id }) => id)
      await inTransaction(app.db, (tx) => deleteExpired(tx, ids))
    }
    after = expired.at(-1)?.id ?? after
    if (expired.length < batch || app.closing.aborted) return
  }
}

/** Leaves out the artifacts that stay because they are the newest of their branch or tag. */
export async function withoutLatest(app: App, candidates: readonly Candidate[]): Promise<Candidate[]> {
  const exists = new Map<string, Promise<boolean>>()
  const refExists = ({ projectId, ref, tag }: Candidate) => {
    const key = `${projectId} ${tag} ${ref}`
    const known = exists.get(key) ?? isThere(app, projectId, { type: tag ? 'tag' : 'branch', name: ref })
    exists.set(key, known)
    return known
  }
  const stays = await Promise.all(candidates.map(async (one) => one.latest && (await refExists(one))))
  return candidates.filter((_, index) => !stays[index])
}

async function isThere(
  app: App,
  projectId: number,
  ref: { readonly type: 'branch' | 'tag'; readonly name: string },
): Promise<boolean> {
  if (!(await app.repositories.exists(projectId))) return false
  return (await findRef(app.repositories.open(projectId), ref)) !== null
}

/** Removes blobs that are due. A blob is removed before its key is forgotten, so that a crash only repeats the removal. */
export async function removeBlobs(app: App): Promise<void> {
  for (;;) {
    const keys = await dueBlobs(app.db, batch)
    for (const key of keys) await app.blobs.remove(key)
    if (keys.length > 0) await inTransaction(app.db, (tx) => forgetBlobs(tx, keys))
    if (keys.length < batch || app.closing.aborted) return
  }
}
