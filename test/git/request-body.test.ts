import { PassThrough, Readable, Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { discard, feed, requestChunks } from '../../src/git/request-body.ts'

/** A body of 64 KiB chunks that counts how many were taken. */
function countedBody(chunks: number) {
  const taken = { count: 0 }
  async function* body() {
    for (; taken.count < chunks; ) {
      taken.count += 1
      yield Buffer.alloc(65_536)
    }
  }
  return { taken, body: body() }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('feed', () => {
  it('takes no more from the client than the process takes', async () => {
    const { taken, body } = countedBody(100)
    const stuck: (() => void)[] = []
    const input = new Writable({ write: (_chunk, _encoding, done) => void stuck.push(done) })
    const feeding = feed(body, input, 1e9)
    for (let i = 0; i < 20; i += 1) await turn()
    expect(taken.count).toBeLessThan(5)
    while (!input.writableFinished) {
      stuck.shift()?.()
      await turn()
    }
    await feeding
    expect(taken.count).toBe(100)
  })

  it('reads to the end after the process has stopped reading', async () => {
    const { taken, body } = countedBody(50)
    const input = new PassThrough()
    input.destroy()
    await feed(body, input, 1e9)
    expect(taken.count).toBe(50)
  })

  it('goes on when the process stops reading while it is waited for', async () => {
    const { taken, body } = countedBody(50)
    const input = new Writable({ write: () => {} })
    const feeding = feed(body, input, 1e9)
    await turn()
    input.destroy()
    await feeding
    expect(taken.count).toBe(50)
  })

  it('fails on more than is allowed', async () => {
    const { body } = countedBody(50)
    await expect(feed(body, new PassThrough().resume(), 100_000)).rejects.toThrow(RangeError)
  })
})

describe('discard', () => {
  it('reads to the end, or to the limit', async () => {
    const whole = countedBody(50)
    await discard(whole.body, 1e9)
    expect(whole.taken.count).toBe(50)
    const part = countedBody(50)
    await discard(part.body, 100_000)
    expect(part.taken.count).toBeLessThan(4)
  })
})

describe('requestChunks', () => {
  const read = async (request: Readable, gzip: boolean) => {
    const chunks = requestChunks(request, gzip)
    const parts: Buffer[] = []
    for (let chunk = await chunks.next(); !chunk.done; chunk = await chunks.next()) parts.push(chunk.value)
    return Buffer.concat(parts).toString()
  }

  it('decompresses', async () => {
    const body = gzipSync('hello')
    expect(await read(Readable.from([body.subarray(0, 7), body.subarray(7)]), true)).toBe('hello')
    expect(await read(Readable.from([Buffer.from('plain')]), false)).toBe('plain')
  })

  it('fails on damaged compression, and lets the rest of the request pass', async () => {
    const request = new PassThrough()
    const failed = expect(read(request, true)).rejects.toThrow('incorrect header check')
    request.write('not compressed')
    await failed
    // The connection still carries the answer, so the request must be neither destroyed nor stuck.
    request.end(Buffer.alloc(1_000_000))
    await new Promise((resolve) => request.once('end', resolve))
    expect(request.errored).toBeNull()
  })

  it.each([true, false])('fails when the client goes away (compressed: %s)', async (gzip) => {
    const request = new PassThrough()
    const failed = expect(read(request, gzip)).rejects.toThrow()
    request.write(gzipSync('hello').subarray(0, 5))
    request.destroy()
    await failed
  })
})
