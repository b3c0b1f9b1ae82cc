/** The blob store that the settings ask for: files in the data directory, or an object store. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ObjectStoreTarget } from '../domain/object-store-url.ts'
import type { BlobStore } from './blob-store.ts'
import { openDirectoryStore } from './directory-store.ts'
import { S3Error } from './s3-client.ts'
import { s3Store } from './s3-store.ts'

/** The object store does not do what the server needs, as a sentence for the operator. */
export class ObjectStoreRefusal extends Error {}

/** @throws ObjectStoreRefusal when an object cannot be written, read and removed there */
export async function openBlobStore(dataDir: string, target: ObjectStoreTarget | null): Promise<BlobStore> {
  if (target === null) return openDirectoryStore(join(dataDir, 'blobs'))
  const store = s3Store(target)
  const place = `${target.endpoint}/${target.bucket}`
  const key = `checks/${randomUUID()}`
  const text = 'Countersign writes, reads and removes this object when it starts.'
  const attempt = async <T>(what: string, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw new ObjectStoreRefusal(`COUNTERSIGN_OBJECT_STORE_URL: cannot ${what} at ${place}: ${reasonOf(error)}`)
    }
  }
  await attempt('write an object', store.put(key, Readable.from([Buffer.from(text)]), text.length))
  const content = await attempt(
    'read an object',
    store.get(key, 1).then((stream) => stream?.toArray()),
  )
  await attempt('remove an object', store.remove(key))
  if (Buffer.concat(content ?? []).toString() !== text.slice(1)) {
    throw new ObjectStoreRefusal(
      `COUNTERSIGN_OBJECT_STORE_URL: what was written at ${place} is read as something else.`,
    )
  }
  return store
}

function reasonOf(error: unknown): string {
  if (error instanceof S3Error) return error.code === '' ? error.message : `${error.code}: ${error.message}`
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}
