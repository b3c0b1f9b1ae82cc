import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib'

const UTF8_NAMES = 0x0800
const MAX_32 = 0xffffffff
/** Files up to this size are compressed in memory. */
const IN_MEMORY = 8 * 1024 * 1024
/** From this size on, sizes are written with 64 bits; below 4 GiB, because a file may grow while it is read. */
const ZIP64_FROM = 0xf0000000

interface Written {
  readonly name: Buffer
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly offset: number
  readonly stats: Stats
}

/**
 * Writes a zip archive (APPNOTE 6.3: deflate, UTF-8 names, Unix modes, modification times, zip64 where needed) of files,
 * directories and symbolic links below `root` to an empty regular file. Paths that have disappeared or are of another kind
 * are left out.
 * @returns how many entries were written
 */
export async function writeZip(out: FileHandle, root: string, paths: readonly string[]): Promise<number> {
  const done: Written[] = []
  let offset = 0
  for (const path of paths) {
    const stats = await lstat(join(root, path)).catch(() => null)
    if (stats === null || !(stats.isFile() || stats.isDirectory() || stats.isSymbolicLink())) continue
    const written = await writeEntry(out, offset, root, path, stats)
    offset = written.offset + localHeader(written).length + written.packed
    done.push(written)
  }
  const directory = Buffer.concat(done.map(centralHeader))
  await write(out, Buffer.concat([directory, trailer(done.length, offset, directory.length)]), offset)
  return done.length
}

async function writeEntry(out: FileHandle, offset: number, root: string, path: string, stats: Stats): Promise<Written> {
  const name = Buffer.from(stats.isDirectory() ? `${path}/` : path)
  if (stats.isFile() && stats.size > IN_MEMORY) return writeLarge(out, offset, root, path, name, stats)
  const data = stats.isDirectory() ? Buffer.alloc(0) : await readSmall(join(root, path), stats)
  const deflated = deflateRawSync(data)
  const packed = deflated.length < data.length ? deflated : data
  const entry: Written = {
    name,
    method: packed === data ? 0 : 8,
    crc: crc32(data),
    packed: packed.length,
    size: data.length,
    offset,
    stats,
  }
  await write(out, Buffer.concat([localHeader(entry), packed]), offset)
  return entry
}

async function readSmall(file: string, stats: Stats): Promise<Buffer> {
  if (stats.isSymbolicLink()) return Buffer.from(await readlink(file))
  const handle = await openFile(file)
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

/** Compresses while reading; the header is written last, when its numbers are known. */
async function writeLarge(out: FileHandle, offset: number, root: string, path: string, name: Buffer, stats: Stats) {
  const blank: Written = { name, method: 8, crc: 0, packed: 0, size: 0, offset, stats }
  const start = offset + localHeader(blank).length
  let [crc, size, packed] = [0, 0, 0]
  const handle = await openFile(join(root, path))
  try {
    const deflate = createDeflateRaw()
    const reading = (async () => {
      for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 })) {
        crc = crc32(chunk, crc)
        size += chunk.length
        if (!deflate.write(chunk)) await new Promise((resolve) => deflate.once('drain', resolve))
      }
      deflate.end()
    })()
    reading.catch((error: Error) => deflate.destroy(error))
    for await (const chunk of deflate) {
      await write(out, chunk, start + packed)
      packed += chunk.length
    }
    await reading
  } finally {
    await handle.close()
  }
  if (size > MAX_32 && stats.size < ZIP64_FROM) throw new Error(`${path} grew beyond 4 GiB while it was archived`)
  const entry: Written = { ...blank, crc, packed, size }
  await write(out, localHeader(entry), offset)
  return entry
}

/** Not through a link, and not waiting for the other side of a named pipe. */
function openFile(file: string): Promise<FileHandle> {
  return open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
}

async function write(out: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await out.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  }
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

function localHeader(entry: Written): Buffer {
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

function centralHeader(entry: Written): Buffer {
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

function trailer(count: number, offset: number, length: number): Buffer {
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
