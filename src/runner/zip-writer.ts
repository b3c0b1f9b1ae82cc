import {
  closeSync,
  constants,
  createReadStream,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib'
import { centralHeader, localHeader, MAX_32, trailer, type WrittenEntry, ZIP64_FROM } from './zip-records.ts'

/** Files up to this size are compressed in memory. */
const IN_MEMORY = 8 * 1024 * 1024

/** Not through a link, and not waiting for the other side of a named pipe. */
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Collects small writes, so that an archive of many small files is not a system call for each. */
interface Output {
  /** Where the next byte goes. */
  offset(): number
  add(bytes: Buffer): void
  /** Overwrites what has been added before. */
  patch(bytes: Buffer, offset: number): void
  flush(): void
}

function openOutput(fd: number): Output {
  let pending: Buffer[] = []
  let [flushed, waiting] = [0, 0]
  const flush = (): void => {
    writeAll(fd, Buffer.concat(pending), flushed)
    flushed += waiting
    pending = []
    waiting = 0
  }
  return {
    offset: () => flushed + waiting,
    add: (bytes) => {
      pending.push(bytes)
      waiting += bytes.length
      if (waiting >= 1024 * 1024) flush()
    },
    patch: (bytes, offset) => {
      flush()
      writeAll(fd, bytes, offset)
    },
    flush,
  }
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, position + at)
}

/**
 * Writes a zip archive (APPNOTE 6.3: deflate, UTF-8 names, Unix modes, modification times, zip64 where needed) of files,
 * directories and symbolic links below `root` to an empty regular file. Paths that have disappeared or are of another kind
 * are left out. Blocks while it works: it is meant for a process of its own.
 * @returns how many entries were written
 */
export async function writeZip(fd: number, root: string, paths: readonly string[]): Promise<number> {
  const out = openOutput(fd)
  const done: WrittenEntry[] = []
  for (const path of paths) {
    const stats = lstatSync(join(root, path), { throwIfNoEntry: false })
    if (stats === undefined || !(stats.isFile() || stats.isDirectory() || stats.isSymbolicLink())) continue
    const large = stats.isFile() && stats.size > IN_MEMORY
    done.push(large ? await writeLarge(out, root, path, stats) : writeSmall(out, root, path, stats))
  }
  const start = out.offset()
  for (const entry of done) out.add(centralHeader(entry))
  out.add(trailer(done.length, start, out.offset() - start))
  out.flush()
  return done.length
}

function writeSmall(out: Output, root: string, path: string, stats: Stats): WrittenEntry {
  const data = stats.isDirectory() ? Buffer.alloc(0) : readSmall(join(root, path), stats)
  const deflated = data.length === 0 ? data : deflateRawSync(data)
  const packed = deflated.length < data.length ? deflated : data
  const entry: WrittenEntry = {
    name: Buffer.from(stats.isDirectory() ? `${path}/` : path),
    method: packed === data ? 0 : 8,
    crc: crc32(data),
    packed: packed.length,
    size: data.length,
    offset: out.offset(),
    stats,
  }
  out.add(localHeader(entry))
  out.add(packed)
  return entry
}

function readSmall(file: string, stats: Stats): Buffer {
  if (stats.isSymbolicLink()) return Buffer.from(readlinkSync(file))
  const fd = openSync(file, READ_ONLY)
  try {
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Compresses while reading; the header is written again at the end, when its numbers are known. */
async function writeLarge(out: Output, root: string, path: string, stats: Stats): Promise<WrittenEntry> {
  const blank: WrittenEntry = {
    name: Buffer.from(path),
    method: 8,
    crc: 0,
    packed: 0,
    size: 0,
    offset: out.offset(),
    stats,
  }
  out.add(localHeader(blank))
  const start = out.offset()
  let [crc, size] = [0, 0]
  const source = createReadStream('', { fd: openSync(join(root, path), READ_ONLY), highWaterMark: 1024 * 1024 })
  source.on('data', (chunk) => {
    crc = crc32(chunk, crc)
    size += chunk.length
  })
  await pipeline(source, createDeflateRaw(), async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) out.add(piece)
  })
  if (size > MAX_32 && stats.size < ZIP64_FROM) throw new Error(`${path} grew beyond 4 GiB while it was archived`)
  const entry: WrittenEntry = { ...blank, crc, packed: out.offset() - start, size }
  out.patch(localHeader(entry), blank.offset)
  return entry
}
