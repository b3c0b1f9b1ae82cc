/** Where finished logs and artifacts live. Keys are chosen by the server, never by a person. */
import type { Readable } from 'node:stream'

export interface Stored {
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

export class BlobTooLarge extends Error {}

export interface BlobStore {
  /**
   * Stores a stream durably: once this resolves, a crash does not lose it. Nothing is visible under the key before that.
   * Throws BlobTooLarge past `maxBytes`, and then stores nothing.
   */
  put(key: string, content: Readable, maxBytes: number): Promise<Stored>
  /** A stream of the blob, or of its bytes from `start`; null when there is none. */
  get(key: string, start?: number): Promise<Readable | null>
  remove(key: string): Promise<void>
}
