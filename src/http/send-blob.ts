/** A blob as a download, or the part of it that a Range header asks for. */
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import { byteRange } from './byte-range.ts'
import { Raw } from './call.ts'

export interface Download {
  readonly blob: string
  readonly size: number
  readonly filename: string
  readonly contentType: string
}

/** Null when the blob is not there. */
export async function sendBlob(app: App, request: FastifyRequest, download: Download): Promise<Raw | null> {
  const { size } = download
  const headers = { ...downloadHeaders(download.filename, download.contentType), 'accept-ranges': 'bytes' }
  const range = byteRange(request.headers.range, size)
  if (range === 'unsatisfiable') return new Raw(416, null, { ...headers, 'content-range': `bytes */${size}` })
  const { start, end } = range === 'whole' ? { start: 0, end: size } : range
  const stream = await app.blobs.get(download.blob, start)
  if (stream === null) return null
  const body = end === size ? stream : Readable.from(upTo(stream, end - start), { objectMode: false })
  const length = { 'content-length': String(end - start) }
  if (range === 'whole') return new Raw(200, body, { ...headers, ...length })
  return new Raw(206, body, { ...headers, ...length, 'content-range': `bytes ${start}-${end - 1}/${size}` })
}

/** What people upload is offered to be saved, and never shown as a page of this server. */
export function downloadHeaders(filename: string, contentType: string): Record<string, string> {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
  return {
    'content-type': contentType,
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(filename)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-cache',
  }
}

async function* upTo(stream: Readable, length: number): AsyncGenerator<Buffer, void> {
  let left = length
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      yield piece.subarray(0, left)
      left -= piece.length
      if (left <= 0) return
    }
  } finally {
    stream.destroy()
  }
}
