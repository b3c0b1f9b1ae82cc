import type { Stats } from 'node:fs'

/*
 * The records of a zip archive (APPNOTE 6.3), with Unix modes and modification times, wide (zip64) where numbers need it.
 */

const UTF8_NAMES = 0x0800
export const MAX_32 = 0xffffffff
/** From this size on, a file's sizes are written with 64 bits; below 4 GiB, because a file may grow while it is read. */
export const ZIP64_FROM = 0xf0000000

export interface WrittenEntry {
  /** A directory's with its slash. */
  readonly name: Buffer
  /** 0 stored, 8 deflated */
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly offset: number
  readonly stats: Stats
}

function fields(...values: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  const buffer = Buffer.alloc(values.reduce((sum, [bytes]) => sum + bytes, 0))
  let at = 0
  for (const [bytes, value] of values) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at)
    else if (bytes === 4) buffer.writeUInt32LE(value >>> 0, at)
    else buffer.writeUInt16LE(value & 0xffff, at)
    at += bytes
  }
  return buffer
}

/** DOS date and time (local, two seconds' precision, from 1980), for readers that know nothing better. */
function dosTime(when: Date): number {
  if (when.getFullYear() < 1980) return 0x00210000
  const date = ((when.getFullYear() - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate()
  return (date << 16) | (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1)
}

/** Extra field 0x5455: modification time in Unix seconds. */
function timeExtra(stats: Stats): Buffer {
  return Buffer.concat([fields([2, 0x5455], [2, 5]), Buffer.from([1]), fields([4, Math.floor(stats.mtimeMs / 1000)])])
}

/** Stands before an entry's data. Its length depends on name and kind alone. */
export function localHeader(entry: WrittenEntry): Buffer {
  const wide = entry.stats.isFile() && entry.stats.size >= ZIP64_FROM
  const extra = Buffer.concat([
    ...(wide ? [fields([2, 1], [2, 16], [8, entry.size], [8, entry.packed])] : []),
    timeExtra(entry.stats),
  ])
  return Buffer.concat([
    fields([4, 0x04034b50], [2, wide ? 45 : 20], [2, UTF8_NAMES], [2, entry.method], [4, dosTime(entry.stats.mtime)]),
    fields([4, entry.crc], [4, wide ? MAX_32 : entry.packed], [4, wide ? MAX_32 : entry.size]),
    fields([2, entry.name.length], [2, extra.length]),
    entry.name,
    extra,
  ])
}

/** The entry in the directory at the end. */
export function centralHeader(entry: WrittenEntry): Buffer {
  const wide = entry.size >= MAX_32 || entry.packed >= MAX_32 || entry.offset >= MAX_32
  const extra = Buffer.concat([
    ...(wide ? [fields([2, 1], [2, 24], [8, entry.size], [8, entry.packed], [8, entry.offset])] : []),
    timeExtra(entry.stats),
  ])
  const attributes = (entry.stats.mode & 0xffff) * 0x10000 + (entry.stats.isDirectory() ? 0x10 : 0)
  return Buffer.concat([
    fields([4, 0x02014b50], [2, (3 << 8) | 45], [2, wide ? 45 : 20], [2, UTF8_NAMES], [2, entry.method]),
    fields([4, dosTime(entry.stats.mtime)], [4, entry.crc]),
    fields([4, wide ? MAX_32 : entry.packed], [4, wide ? MAX_32 : entry.size]),
    fields([2, entry.name.length], [2, extra.length], [2, 0], [2, 0], [2, 0]),
    fields([4, attributes], [4, wide ? MAX_32 : entry.offset]),
    entry.name,
    extra,
  ])
}

/** What follows the directory: `count` entries, `length` bytes of directory from `offset` on. */
export function trailer(count: number, offset: number, length: number): Buffer {
  const wide = count >= 0xffff || offset >= MAX_32 || length >= MAX_32
  const zip64 = wide
    ? [
        fields(
          [4, 0x06064b50],
          [8, 44],
          [2, 45],
          [2, 45],
          [4, 0],
          [4, 0],
          [8, count],
          [8, count],
          [8, length],
          [8, offset],
        ),
        fields([4, 0x07064b50], [4, 0], [8, offset + length], [4, 1]),
      ]
    : []
  const few = wide ? 0xffff : count
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, few], [2, few], [4, wide ? MAX_32 : length])
  return Buffer.concat([...zip64, end, fields([4, wide ? MAX_32 : offset], [2, 0])])
}
