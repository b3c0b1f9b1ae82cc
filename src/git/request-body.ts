import { finished, type Readable, type Writable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/**
 * The chunks of a request's body, decompressed when it came compressed. The iterator fails when the client goes away or
 * the compression is damaged, and it never destroys the request: with it would go the connection that carries the answer.
 */
export function requestChunks(request: Readable, gzip: boolean): AsyncIterator<Buffer> {
  if (!gzip) return request[Symbol.asyncIterator]()
  const gunzip = createGunzip()
  finished(request, { writable: false }, (error) => {
    if (error) gunzip.destroy(error)
  })
  gunzip.on('error', () => request.resume())
  request.pipe(gunzip)
  return gunzip[Symbol.asyncIterator]()
}

/**
 * Writes a body to a process as fast as the process reads it, and ends its input. When the process stops reading, the
 * rest is read and thrown away: most clients read the answer only after they have sent everything.
 *
 * @throws RangeError when the body is longer than `maxBytes`; whatever `chunks` throws when the client goes away.
 */
export async function feed(chunks: AsyncIterator<Buffer>, input: Writable, maxBytes: number): Promise<void> {
  let size = 0
  for (let chunk = await chunks.next(); !chunk.done; chunk = await chunks.next()) {
    size += chunk.value.length
    if (size > maxBytes) throw new RangeError(`The request is longer than ${maxBytes} bytes`)
    if (input.writable && !input.write(chunk.value)) await drained(input)
  }
  input.end()
}

/** Reads a body to its end and throws it away, up to `maxBytes`; what happens to the client does not matter. */
export async function discard(chunks: AsyncIterator<Buffer>, maxBytes: number): Promise<void> {
  let size = 0
  try {
    for (let chunk = await chunks.next(); !chunk.done && size <= maxBytes; chunk = await chunks.next()) {
      size += chunk.value.length
    }
  } catch {
    // The client is gone; there is nobody left to answer.
  }
}

/** Resolves when a stream takes more data, or will never take any. */
export function drained(stream: Writable): Promise<void> {
  if (!stream.writable || !stream.writableNeedDrain) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.on('drain', done)
    stream.on('close', done)
  })
}
