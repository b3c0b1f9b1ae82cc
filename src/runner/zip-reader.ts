import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32, createInflateRaw, inflateRaw } from 'node:zlib'

export interface ZipEntry {
  /** As in the archive, directories without their slash. Not yet checked. */
  readonly name: string
  readonly kind: 'file' | 'directory' | 'link'
  /** Unix permission bits without setuid, setgid and sticky. */
  readonly mode: number
  /** Unix seconds; null when the archive has only DOS time. */
  readonly modified: number | null
  readonly size: number
  readonly packed: number
  readonly method: number
  readonly crc: number
  readonly offset: number
}

const inflate = promisify(inflateRaw)

/** The archive's directory. @throws with a reason when the file is not a zip archive that this reader understands */
export async function readZipDirectory(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end === -1 || end + 22 > tail.length) throw new Error('not a zip archive')
  let count = tail.readUInt16LE(end + 10)
  let length = tail.readUInt32LE(end + 12)
  let offset = tail.readUInt32LE(end + 16)
  if (end >= 20 && tail.readUInt32LE(end - 20) === 0x07064b50) {
    const wide = await readAt(file, Number(tail.readBigUInt64LE(end - 12)), 56)
    if (wide.readUInt32LE(0) !== 0x06064b50) throw new Error('broken zip64 directory')
    count = Number(wide.readBigUInt64LE(32))
    length = Number(wide.readBigUInt64LE(40))
    offset = Number(wide.readBigUInt64LE(48))
  }
  if (offset + length > size) throw new Error('truncated zip archive')
  const directory = await readAt(file, offset, length)
  const entries: ZipEntry[] = []
  for (let at = 0; entries.length < count; ) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw new Error('broken zip directory')
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field))
    const next = at + 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0)
    if (next > directory.length) throw new Error('broken zip directory')
    entries.push(readEntry(directory.subarray(at, next), nameLength ?? 0, extraLength ?? 0))
    at = next
  }
  return entries
}

function readEntry(header: Buffer, nameLength: number, extraLength: number): ZipEntry {
  if ((header.readUInt16LE(8) & 1) === 1) throw new Error('encrypted zip archives are not supported')
  const name = header.toString('utf8', 46, 46 + nameLength)
  const unix = header.readUInt8(5) === 3 ? header.readUInt32LE(38) >>> 16 : 0
  const extra = readExtra(header.subarray(46 + nameLength, 46 + nameLength + extraLength), {
    size: header.readUInt32LE(24),
    packed: header.readUInt32LE(20),
    offset: header.readUInt32LE(42),
  })
  const directory = name.endsWith('/') || (unix & 0xf000) === 0x4000
  return {
    name: name.replace(/\/+$/, ''),
    kind: directory ? 'directory' : (unix & 0xf000) === 0xa000 ? 'link' : 'file',
    mode: unix === 0 ? (directory ? 0o755 : 0o644) : unix & 0o777,
    method: header.readUInt16LE(10),
    crc: header.readUInt32LE(16),
    ...extra,
  }
}

/** Sizes and position from the zip64 field (only those that did not fit), and the modification time. */
function readExtra(extra: Buffer, plain: { size: number; packed: number; offset: number }) {
  const found = { ...plain, modified: null as number | null }
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === 0x5455 && field.length >= 5 && (field.readUInt8(0) & 1) === 1) {
      found.modified = field.readInt32LE(1)
    }
    if (extra.readUInt16LE(at) !== 1) continue
    let next = 0
    for (const key of ['size', 'packed', 'offset'] as const) {
      if (plain[key] !== 0xffffffff || next + 8 > field.length) continue
      found[key] = Number(field.readBigUInt64LE(next))
      next += 8
    }
  }
  return found
}

/** The contents of a small entry. @throws when it is larger than `limit` bytes or damaged */
export async function readZipEntry(file: FileHandle, entry: ZipEntry, limit: number): Promise<Buffer> {
  if (entry.size > limit || entry.packed > limit + 1024) throw new Error(`${entry.name} is too large`)
  if (entry.method !== 0 && entry.method !== 8) throw new Error(`${entry.name}: unknown compression ${entry.method}`)
  const packed = await readAt(file, await dataStart(file, entry), entry.packed)
  const data = entry.method === 0 ? packed : await inflate(packed, { maxOutputLength: Math.max(1, entry.size) })
  if (data.length !== entry.size || crc32(data) !== entry.crc) throw new Error(`${entry.name} is damaged`)
  return data
}

/** The contents piece by piece. @throws when the entry is damaged or longer than it says, which stops archive bombs */
export async function* streamZipEntry(file: FileHandle, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (entry.method !== 0 && entry.method !== 8) throw new Error(`${entry.name}: unknown compression ${entry.method}`)
  const start = await dataStart(file, entry)
  const packed = packedPieces(file, start, entry.packed)
  let [crc, size] = [0, 0]
  for await (const piece of entry.method === 0 ? packed : inflatePieces(packed)) {
    crc = crc32(piece, crc)
    size += piece.length
    if (size > entry.size) throw new Error(`${entry.name} is longer than the archive says`)
    yield piece
  }
  if (size !== entry.size || crc !== entry.crc) throw new Error(`${entry.name} is damaged`)
}

async function* packedPieces(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += 1024 * 1024) {
    yield await readAt(file, start + at, Math.min(1024 * 1024, length - at))
  }
}

async function* inflatePieces(packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw()
  const writing = (async () => {
    for await (const piece of packed) {
      if (!inflater.write(piece)) await new Promise((resolve) => inflater.once('drain', resolve))
    }
    inflater.end()
  })()
  writing.catch((error: Error) => inflater.destroy(error))
  for await (const piece of inflater) yield piece
  await writing
}

async function dataStart(file: FileHandle, entry: ZipEntry): Promise<number> {
  const local = await readAt(file, entry.offset, 30)
  if (local.readUInt32LE(0) !== 0x04034b50) throw new Error(`${entry.name}: broken zip entry`)
  return entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(buffer, at, length - at, position + at)
    if (bytesRead === 0) throw new Error('truncated zip archive')
    at += bytesRead
  }
  return buffer
}
