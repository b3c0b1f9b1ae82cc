/** What every blob store does (src/blobs/blob-store.ts): files in a directory, and an S3-compatible store. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BlobStore, BlobTooLarge } from '../../src/blobs/blob-store.ts'
import { ObjectStoreRefusal, openBlobStore } from '../../src/blobs/open-store.ts'
import { type S3Server, startS3Server } from '../helpers/s3-server.ts'

const MiB = 1024 * 1024
let directory: string
let s3: S3Server

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'countersign-blobs-'))
  s3 = await startS3Server()
})
afterAll(async () => {
  await s3.close()
  await rm(directory, { recursive: true, force: true })
})

async function read(store: BlobStore, key: string, start?: number): Promise<Buffer | null> {
  const stream = await store.get(key, start)
  return stream && Buffer.concat(await stream.toArray())
}

/** In pieces of odd sizes, without saying how much it will be. */
async function* pieces(content: Buffer): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < content.length; at += 1_000_003) yield content.subarray(at, at + 1_000_003)
}
const streamOf = (content: Buffer) => Readable.from(pieces(content), { objectMode: false })

describe.each([
  ['files', () => openBlobStore(directory, null)],
  ['an object store', () => openBlobStore(directory, s3.target)],
  ['an object store with a prefix', () => openBlobStore(directory, { ...s3.target, prefix: 'one/two/' })],
])('%s', (_name, open) => {
  let store: BlobStore
  beforeAll(async () => {
    store = await open()
  })

  test.each([
    ['nothing', 0],
    ['a byte', 1],
    ['less than a part', 3 * MiB],
    ['a part exactly', 8 * MiB],
    ['a part and a byte', 8 * MiB + 1],
    ['several parts', 20 * MiB + 5],
  ])('stores %s and reads it back, from the beginning and from anywhere', async (_what, size) => {
    const content = randomBytes(size)
    const key = `artifacts/ab/${size}`
    const stored = await store.put(key, streamOf(content), size)
    expect(stored).toEqual({ size, sha256: createHash('sha256').update(content).digest('hex') })
    expect((await read(store, key))?.equals(content)).toBe(true)
    for (const start of [1, Math.floor(size / 2), size - 1, size].filter((at) => at > 0 && at <= size)) {
      expect((await read(store, key, start))?.equals(content.subarray(start))).toBe(true)
    }
  })

  test('has nothing under a name that was not stored, or was removed', async () => {
    expect(await store.get('logs/00/none')).toBeNull()
    expect(await store.get('logs/00/none', 5)).toBeNull()
    await store.put('logs/00/some', Readable.from([Buffer.from('text')]), 4)
    await store.remove('logs/00/some')
    expect(await store.get('logs/00/some')).toBeNull()
    await store.remove('logs/00/some')
  })

  test('takes text as well as bytes', async () => {
    expect((await store.put('logs/00/text', Readable.from(['grüße', ' an alle']), 100)).size).toBe(15)
    expect((await read(store, 'logs/00/text'))?.toString()).toBe('grüße an alle')
  })

  test.each([3, 9 * MiB, 20 * MiB])(
    'refuses what is larger than the limit (%i bytes), and keeps nothing of it',
    async (limit) => {
      const content = streamOf(Buffer.alloc(limit + 1))
      await expect(store.put('artifacts/cd/large', content, limit)).rejects.toThrow(BlobTooLarge)
      expect(await store.get('artifacts/cd/large')).toBeNull()
      expect(content.destroyed).toBe(true)
      expect(s3.unfinished.size).toBe(0)
    },
  )

  test.each([1, 9 * MiB, 20 * MiB])('keeps nothing of a stream that breaks after %i bytes', async (size) => {
    const breaking = Readable.from(
      (async function* () {
        yield* pieces(Buffer.alloc(size))
        throw new Error('the runner hung up')
      })(),
      { objectMode: false },
    )
    await expect(store.put('artifacts/ef/broken', breaking, 100 * MiB)).rejects.toThrow('the runner hung up')
    expect(await store.get('artifacts/ef/broken')).toBeNull()
    expect(s3.unfinished.size).toBe(0)
  })

  test('a reader may stop early', async () => {
    await store.put('artifacts/gh/long', streamOf(Buffer.alloc(9 * MiB, 'x')), 9 * MiB)
    const stream = await store.get('artifacts/gh/long')
    for await (const chunk of stream ?? []) {
      expect((chunk as Buffer)[0]).toBe('x'.charCodeAt(0))
      break
    }
    expect(stream?.destroyed).toBe(true)
  })
})

test('files that failed leave no other files', async () => {
  const left = await readdir(join(directory, 'blobs', 'artifacts'), { recursive: true })
  expect(left.filter((name) => /broken|large|\/\./.test(name))).toEqual([])
})

describe('an object store that is not well', () => {
  const put = async (key: string, size = 3) =>
    (await openBlobStore(directory, s3.target)).put(key, streamOf(Buffer.alloc(size)), size)

  test.each<[string, 503 | 500 | 'hang up']>([
    ['slow down', 503],
    ['an error of its own', 500],
    ['a connection that ends', 'hang up'],
  ])('%s: asked again', async (_what, fault) => {
    const seen = new Map<string, number>()
    const store = await openBlobStore(directory, s3.target)
    // The first attempt of every request fails.
    s3.faults = (request) => {
      const count = seen.get(request) ?? 0
      seen.set(request, count + 1)
      return count === 0 ? fault : null
    }
    const content = randomBytes(9 * MiB)
    await store.put('artifacts/ij/again', streamOf(content), content.length)
    expect((await read(store, 'artifacts/ij/again'))?.equals(content)).toBe(true)
    await store.remove('artifacts/ij/again')
    s3.faults = () => null
    // A beginning whose answer was lost is begun again.
    expect(s3.objects.has('artifacts/ij/again')).toBe(false)
  })

  test('one that stays so is an error, and the parts are taken back', async () => {
    s3.faults = (request) => (request.includes('partNumber=2') ? 500 : null)
    await expect(put('artifacts/kl/never', 9 * MiB)).rejects.toThrow('about InternalError')
    s3.faults = () => null
    expect([s3.objects.has('artifacts/kl/never'), s3.unfinished.size]).toEqual([false, 0])
  })

  test('an upload that is refused after it was accepted is an error', async () => {
    s3.faults = (request) => (/^POST .*uploadId/.test(request) ? 'error in 200' : null)
    await expect(put('artifacts/mn/late', 9 * MiB)).rejects.toThrow('too late')
    s3.faults = () => null
    expect(s3.unfinished.size).toBe(0)
  })

  test('a missing bucket is not a missing object', async () => {
    const store = await openBlobStore(directory, s3.target)
    const { bucket } = s3.target
    Object.assign(s3.target, { bucket: 'gone' })
    await expect(store.get('logs/00/x')).rejects.toThrow('about NoSuchBucket')
    Object.assign(s3.target, { bucket })
  })
})

test.each([
  ['a wrong secret', { secretAccessKey: 'wrong' }, 'cannot write an object at', 'SignatureDoesNotMatch'],
  ['an unknown key', { accessKeyId: 'nobody' }, 'cannot write an object at', 'InvalidAccessKeyId'],
  ['another region', { region: 'us-east-1' }, 'cannot write an object at', 'AuthorizationHeaderMalformed'],
  ['a bucket that does not exist', { bucket: 'nothing' }, 'cannot write an object at', 'NoSuchBucket'],
  ['nobody there', { endpoint: 'http://127.0.0.1:1' }, 'cannot write an object at', ''],
])('does not open with %s, and says so without the secret', async (_what, wrong, ...said) => {
  const opening = openBlobStore(directory, { ...s3.target, ...wrong })
  await expect(opening).rejects.toThrow(ObjectStoreRefusal)
  const message = await opening.then(
    () => '',
    (error: unknown) => String(error),
  )
  for (const part of ['COUNTERSIGN_OBJECT_STORE_URL', ...said]) expect(message).toContain(part)
  expect(message).not.toContain(s3.target.secretAccessKey)
})

test('what may be written but not removed does not open', async () => {
  s3.faults = (request) => (request.startsWith('DELETE') ? 403 : null)
  await expect(openBlobStore(directory, s3.target)).rejects.toThrow('cannot remove an object')
  s3.faults = () => null
})
