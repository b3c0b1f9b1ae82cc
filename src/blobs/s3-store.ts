/** Blobs as objects of an S3-compatible store. An object becomes visible when it is complete, and not before (S3). */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ObjectStoreTarget } from '../domain/object-store-url.ts'
import { type BlobStore, BlobTooLarge } from './blob-store.ts'
import { type S3Client, S3Error, s3Client, xmlText } from './s3-client.ts'

/** What is held in memory of one upload. With at most 10,000 parts (S3's limit) a blob may have 80 GB; every part but the last needs 5 MiB. */
const partSize = 8 * 1024 * 1024

export function s3Store(target: ObjectStoreTarget): BlobStore {
  const client = s3Client(target)
  return {
    async put(key, content, maxBytes) {
      const hash = createHash('sha256')
      let size = 0
      const counted = async function* (): AsyncGenerator<Buffer, void> {
        for await (const chunk of content as AsyncIterable<Buffer | string>) {
          const piece = Buffer.from(chunk)
          size += piece.length
          if (size > maxBytes) throw new BlobTooLarge(`more than ${maxBytes} bytes`)
          hash.update(piece)
          yield piece
        }
      }
      const parts = inParts(counted())
      try {
        await upload(client, key, parts)
      } finally {
        // Whoever sends the content is not left waiting when the store fails.
        await parts.return()
        content.destroy()
      }
      return { size, sha256: hash.digest('hex') }
    },

    async get(key, start = 0) {
      const range = start > 0 ? { headers: { range: `bytes=${start}-` } } : {}
      try {
        const response = await client.send({ method: 'GET', key, ...range })
        if (response.body === null) return Readable.from([])
        const body = Readable.fromWeb(response.body)
        // A store that does not know ranges answers with all of it.
        return start > 0 && response.status !== 206 ? Readable.from(skipping(body, start), { objectMode: false }) : body
      } catch (error) {
        if (!(error instanceof S3Error)) throw error
        if (error.status === 404 && (error.code === 'NoSuchKey' || error.code === '')) return null
        // Nothing begins there: the blob ends at `start`, or before.
        if (error.status === 416) return Readable.from([])
        throw error
      }
    },

    async remove(key) {
      try {
        await discard(await client.send({ method: 'DELETE', key }))
      } catch (error) {
        // S3 does not say that there was nothing, but others do.
        if (!(error instanceof S3Error && error.code === 'NoSuchKey')) throw error
      }
    },
  }
}

/** One request for what fits in one part; a multipart upload, which is taken back when it fails, for the rest. */
async function upload(
  client: S3Client,
  key: string,
  parts: AsyncGenerator<Uint8Array<ArrayBuffer>, void>,
): Promise<void> {
  const first = await parts.next()
  const second = first.done ? first : await parts.next()
  if (second.done) {
    await discard(await client.send({ method: 'PUT', key, body: first.value ?? new Uint8Array() }))
    return
  }
  const started = await client.send({ method: 'POST', key, query: { uploads: '' } })
  const uploadId = xmlText(await started.text(), 'UploadId')
  if (uploadId === null) throw new Error('The object store began a multipart upload without an id')
  try {
    const tags: string[] = []
    const send = async (body: Uint8Array<ArrayBuffer>) => {
      const partNumber = String(tags.length + 1)
      const sent = await client.send({ method: 'PUT', key, query: { partNumber, uploadId }, body })
      await discard(sent)
      tags.push(sent.headers.get('etag') ?? '')
    }
    if (first.value) await send(first.value)
    if (second.value) await send(second.value)
    for await (const part of parts) await send(part)
    await complete(client, key, uploadId, tags)
  } catch (error) {
    // What stays when this fails too is for the bucket's own rule (docs/object-store.md).
    await client.send({ method: 'DELETE', key, query: { uploadId } }).then(discard, () => undefined)
    throw error
  }
}

async function complete(client: S3Client, key: string, uploadId: string, tags: readonly string[]): Promise<void> {
  const parts = tags.map(
    (tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escape(tag)}</ETag></Part>`,
  )
  const body = new TextEncoder().encode(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`)
  const response = await client.send({ method: 'POST', key, query: { uploadId }, body })
  // S3 answers 200 before it knows, and an error may follow in the body.
  const text = await response.text()
  if (text.includes('<Error>')) {
    throw new S3Error(
      response.status,
      xmlText(text, 'Code') ?? '',
      xmlText(text, 'Message') ?? 'The upload was not completed.',
    )
  }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

/** The same bytes in pieces of {@link partSize}, the last one smaller. */
async function* inParts(content: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let pieces: Buffer[] = []
  let size = 0
  for await (const chunk of content) {
    let rest = chunk
    while (size + rest.length >= partSize) {
      const taken = partSize - size
      yield new Uint8Array(Buffer.concat([...pieces, rest.subarray(0, taken)]))
      rest = rest.subarray(taken)
      pieces = []
      size = 0
    }
    if (rest.length > 0) pieces.push(rest)
    size += rest.length
  }
  if (size > 0) yield new Uint8Array(Buffer.concat(pieces))
}

async function* skipping(content: Readable, start: number): AsyncGenerator<Buffer, void> {
  let left = start
  for await (const chunk of content as AsyncIterable<Buffer>) {
    if (chunk.length > left) yield chunk.subarray(left)
    left = Math.max(left - chunk.length, 0)
  }
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel()
}
