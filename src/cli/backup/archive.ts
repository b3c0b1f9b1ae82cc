/**
 * A backup's file: a tar archive that says what it is in its first entry and proves in its last one that it is whole.
 *
 *   countersign-backup.json       format, version, when and by which program
 *   database.jsonl                every row (db/backup-lines.ts)
 *   repositories/<id>/refs        `<branch of HEAD>`, then `<object id> <ref>` per ref
 *   repositories/<id>/objects.pack
 *   blobs/<key>
 *   end.json                      the number of entries and the SHA-256 of every byte before this entry
 */
import { createHash, type Hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { refused } from '../failure.ts'
import { blockSize, type ParsedHeader, parsePax, parseTarHeader, tarEnd, tarHeader, tarPadding } from './tar.ts'

export const headName = 'countersign-backup.json'
const endName = 'end.json'
const format = 'countersign-archive'
const version = 1

export interface NewEntry {
  readonly name: string
  /** In bytes; `content` has exactly as many. */
  readonly size: number
  readonly content: AsyncIterable<Buffer> | Iterable<Buffer>
}

/** The archive's bytes: a head, the entries, an end. @param program the version that writes it */
export async function* writeArchive(entries: AsyncIterable<NewEntry>, program: string): AsyncGenerator<Buffer> {
  const created = new Date()
  const hash = createHash('sha256')
  let count = 0
  async function* entry({ name, size, content }: NewEntry): AsyncGenerator<Buffer> {
    yield tarHeader(name, size, created)
    let written = 0
    for await (const chunk of content) {
      written += chunk.length
      yield chunk
    }
    if (written !== size) throw new Error(`${name} has ${written} bytes and was announced with ${size}`)
    yield tarPadding(size)
  }
  async function* counted(one: NewEntry): AsyncGenerator<Buffer> {
    count += 1
    for await (const chunk of entry(one)) {
      hash.update(chunk)
      yield chunk
    }
  }
  yield* counted(jsonEntry(headName, { format, version, created_at: created.toISOString(), program }))
  for await (const one of entries) yield* counted(one)
  yield* entry(jsonEntry(endName, { entries: count, sha256: hash.digest('hex') }))
  yield tarEnd()
}

export interface ReadEntry {
  readonly name: string
  readonly size: number
  /** To be read once, before the next entry is asked for; what is left is passed over. */
  content(): AsyncGenerator<Buffer>
}

/** The entries between head and end. The check of the end comes last, so nothing may be kept before the iteration is over. */
export async function* readArchive(input: Readable): AsyncGenerator<ReadEntry> {
  const bytes = new ByteReader(input)
  const head = await nextHeader(bytes)
  if (head?.name !== headName) throw invalid('it does not begin like one')
  const { format: found, version: foundVersion } = await readJson(bytes, head.size)
  if (found !== format) throw invalid('it does not begin like one')
  if (foundVersion !== version) throw invalid(`its format ${String(foundVersion)} is unknown`)
  let count = 1
  for (;;) {
    const before = bytes.digest()
    const header = await nextHeader(bytes)
    if (header === null) throw invalid('its end is missing')
    if (header.name === endName) {
      const end = await readJson(bytes, header.size)
      if (end['entries'] !== count || end['sha256'] !== before) throw invalid('it was changed or damaged')
      return
    }
    count += 1
    let left = header.size
    async function* content(): AsyncGenerator<Buffer> {
      while (left > 0) {
        const chunk = await bytes.some(left)
        left -= chunk.length
        yield chunk
      }
    }
    yield { name: header.name, size: header.size, content }
    for await (const _ of content());
    await bytes.exactly(tarPadding(header.size).length)
  }
}

export function invalid(reason: string): Error {
  return refused(`This is not a whole Countersign backup: ${reason}.`)
}

function jsonEntry(name: string, value: object): NewEntry {
  const content = Buffer.from(`${JSON.stringify(value)}\n`)
  return { name, size: content.length, content: [content] }
}

async function nextHeader(bytes: ByteReader): Promise<ParsedHeader | null> {
  const header = parseTarHeader(await bytes.exactly(blockSize))
  if (header === undefined) throw invalid('it is no tar archive, or was changed or damaged')
  if (header?.type !== 'x') return header
  if (header.size > 1_000_000) throw invalid('one of its names is too long')
  const records = await bytes.exactly(header.size)
  await bytes.exactly(tarPadding(header.size).length)
  const long = parsePax(records)
  const next = parseTarHeader(await bytes.exactly(blockSize))
  if (!long || !next) throw invalid('it was changed or damaged')
  return { type: next.type, ...long }
}

async function readJson(bytes: ByteReader, size: number): Promise<Record<string, unknown>> {
  if (size > 1_000_000) throw invalid('it does not begin like one')
  const text = (await bytes.exactly(size)).toString()
  await bytes.exactly(tarPadding(size).length)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // falls through to the refusal
  }
  throw invalid('it was changed or damaged')
}

/** Reads a stream in pieces of wanted sizes, and hashes what was read. */
class ByteReader {
  private readonly chunks: AsyncIterator<Buffer>
  private readonly hash: Hash = createHash('sha256')
  private pending: Buffer = Buffer.alloc(0)

  constructor(input: Readable) {
    this.chunks = (input as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  }

  /** At least one byte and at most `limit`. */
  async some(limit: number): Promise<Buffer> {
    while (this.pending.length === 0) {
      const { value, done } = await this.chunks.next()
      if (done) throw invalid('its end is missing')
      this.pending = value
    }
    const taken = this.pending.subarray(0, limit)
    this.pending = this.pending.subarray(taken.length)
    this.hash.update(taken)
    return taken
  }

  async exactly(size: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = size; left > 0; ) {
      const part = await this.some(left)
      left -= part.length
      parts.push(part)
    }
    return Buffer.concat(parts)
  }

  /** SHA-256 of everything read so far. */
  digest(): string {
    return this.hash.copy().digest('hex')
  }
}
