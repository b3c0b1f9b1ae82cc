/** Names in the blob store. */
import { randomUUID } from 'node:crypto'

/** A name that was never used before. Directories have two letters, so that a store of files does not collect empty ones. */
export function newBlobKey(kind: 'artifacts' | 'logs', jobId: number): string {
  const unique = randomUUID()
  return `${kind}/${unique.slice(0, 2)}/${jobId}-${unique}`
}
