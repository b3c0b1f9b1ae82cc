/** Content whose size is known only when all of it is there, and tar wants to know the size first. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'

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
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  return {
    rewrite: async () => {
      await file.truncate(0)
      return writeTo(file)
    },
    size: async () => (await file.stat()).size,
    content: () => readFrom(file),
    close: () => file.close(),
  }
}

const chunkSize = 1 << 18

/** Writes a file from its beginning; the handle stays open, which no stream of Node's own would leave it after an error. */
function writeTo(file: FileHandle): Writable {
  let position = 0
  const append = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position)
      at += bytesWritten
      position += bytesWritten
    }
  }
  return new Writable({
    highWaterMark: chunkSize,
    write: (chunk: Buffer, _encoding, done) => void append(chunk).then(() => done(), done),
    // Rows are short: those that came while the last ones were written go together.
    writev: (chunks: { readonly chunk: Buffer }[], done) =>
      void append(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done),
  })
}

/** A file's content from its beginning; the handle stays open. */
export async function* readFrom(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(chunkSize), position })
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
