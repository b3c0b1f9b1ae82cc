/** One file out of a zip archive in a blob store, without reading the others (APPNOTE 6.3, with zip64). */
import { Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import { err, ok, type Result } from '../domain/result.ts'
import type { BlobStore } from './blob-store.ts'

export interface Archive {
  readonly blobs: BlobStore
  readonly key: string
  /** Bytes. */
  readonly size: number
}

export interface ZipFile {
  /** Unpacked, as the archive says. The stream fails when it becomes longer. */
  readonly size: number
  readonly content: Readable
}

export type ZipRefusal =
  | { readonly code: 'file_not_found' }
  /** Not a zip archive, or one that this reader does not understand. */
  | { readonly code: 'unreadable_archive' }

interface Place {
  readonly size: number
  readonly packed: number
  readonly method: number
  readonly offset: number
}

/** A directory larger than this is an attack. */
const directoryLimit = 64 * 1024 * 1024
const wide = 0xffffffff

/** @param path exact name of the entry; directories, links and encrypted files are not found */
export async function openZipEntry(archive: Archive, path: string): Promise<Result<ZipFile, ZipRefusal>> {
  const directory = await readDirectory(archive)
  if (directory === null) return err({ code: 'unreadable_archive' })
  const found = findEntry(directory, path)
  if (found === null) return err({ code: 'file_not_found' })
  if (found === 'unreadable' || (found.method !== 0 && found.method !== 8)) return err({ code: 'unreadable_archive' })
  const header = await readAt(archive, found.offset, 30)
  if (header?.readUInt32LE(0) !== 0x04034b50) return err({ code: 'unreadable_archive' })
  const start = found.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  return ok({ size: found.size, content: Readable.from(contents(archive, found, start), { objectMode: false }) })
}

/** The central directory; null when there is none. */
async function readDirectory(archive: Archive): Promise<Buffer | null> {
  const length = Math.min(archive.size, 65_557)
  const tail = await readAt(archive, archive.size - length, length)
  const end = tail?.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6])) ?? -1
  if (!tail || end < 0 || end + 22 > tail.length) return null
  let [bytes, offset] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)]
  if (end >= 20 && tail.readUInt32LE(end - 20) === 0x07064b50) {
    const record = await readAt(archive, Number(tail.readBigUInt64LE(end - 12)), 56)
    if (record?.readUInt32LE(0) !== 0x06064b50) return null
    bytes = Number(record.readBigUInt64LE(40))
    offset = Number(record.readBigUInt64LE(48))
  }
  return bytes > directoryLimit ? null : readAt(archive, offset, bytes)
}

function findEntry(directory: Buffer, path: string): Place | 'unreadable' | null {
  const wanted = Buffer.from(path)
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== 0x02014b50) return 'unreadable'
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28)
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30)
    const next = extraEnd + directory.readUInt16LE(at + 32)
    if (next > directory.length) return 'unreadable'
    if (directory.subarray(at + 46, nameEnd).equals(wanted)) {
      return placeOf(directory.subarray(at, nameEnd), directory.subarray(nameEnd, extraEnd))
    }
    at = next
  }
  return null
}

function placeOf(header: Buffer, extra: Buffer): Place | 'unreadable' | null {
  const unixType = header.readUInt8(5) === 3 ? (header.readUInt32LE(38) >>> 16) & 0xf000 : 0
  if (unixType !== 0 && unixType !== 0x8000) return null
  if ((header.readUInt16LE(8) & 1) === 1) return 'unreadable'
  const place = {
    method: header.readUInt16LE(10),
    packed: header.readUInt32LE(20),
    size: header.readUInt32LE(24),
    offset: header.readUInt32LE(42),
  }
  return widened(place, extra)
}

/** Numbers that do not fit 32 bits are in the zip64 field, in this order. */
function widened(place: Place, extra: Buffer): Place | 'unreadable' {
  const found = { ...place }
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
    let next = 0
    for (const name of ['size', 'packed', 'offset'] as const) {
      if (place[name] !== wide) continue
      if (next + 8 > field.length) return 'unreadable'
      found[name] = Number(field.readBigUInt64LE(next))
      next += 8
    }
  }
  return found
}

async function* contents(archive: Archive, place: Place, start: number): AsyncGenerator<Buffer, void> {
  const packed = Readable.from(slice(archive, start, place.packed), { objectMode: false })
  const pieces = place.method === 0 ? packed : packed.pipe(createInflateRaw())
  packed.on('error', (error) => pieces.destroy(error))
  let size = 0
  try {
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      size += piece.length
      if (size > place.size) throw new Error('a file in an archive is longer than the archive says')
      yield piece
    }
  } finally {
    packed.destroy()
  }
  if (size < place.size) throw new Error('a file in an archive is shorter than the archive says')
}

/** Exactly `length` bytes, or fewer when the blob ends before. */
async function* slice({ blobs, key }: Archive, start: number, length: number): AsyncGenerator<Buffer, void> {
  const stream = length > 0 ? await blobs.get(key, start) : null
  if (stream === null) return
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

/** Null when the blob does not have these bytes. */
async function readAt(archive: Archive, start: number, length: number): Promise<Buffer | null> {
  if (!Number.isSafeInteger(start) || start < 0 || start + length > archive.size) return null
  const parts: Buffer[] = []
  for await (const part of slice(archive, start, length)) parts.push(part)
  const bytes = Buffer.concat(parts)
  return bytes.length === length ? bytes : null
}
