/** Content whose size is known only when all of it is there, and tar wants to know the size first. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'

export interface Spool {
  /** For one writer at a time; what was written before is dropped. */
  rewrite(): Promise<Writable>
  size(): Promise<number>
  content(): AsyncIterable<Buffer>
  close(): Promise<void>
}

/** A file without a name in `directory`: it is gone when this process is, however that ends. */
export async function openSpool(directory: string): Promise<Spool> {
  const path = join(directory, `.countersign-${randomUUID()}`)
  const file: FileHandle = await open(path, 'wx+', 0o600)
  await unlink(path)
  return {
    rewrite: async () => {
      await file.truncate(0)
      return file.createWriteStream({ start: 0, autoClose: false })
    },
    size: async () => (await file.stat()).size,
    content: () => file.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 20 }),
    close: () => file.close(),
  }
}
