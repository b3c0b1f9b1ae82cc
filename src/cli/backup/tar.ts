/** The tar format (POSIX.1-2001 pax interchange format), as much of it as a backup needs: regular files one after another. */

export const blockSize = 512

const longestName = 100
/** Eleven octal digits. */
const largestSize = 0o77777777777

/** The header of a regular file, preceded by a pax header when its name or size does not fit. */
export function tarHeader(name: string, size: number, modified: Date): Buffer {
  const bytes = Buffer.byteLength(name)
  if (bytes <= longestName && bytes === name.length && size <= largestSize) return header('0', name, size, modified)
  const records = Buffer.from(paxRecord('path', name) + paxRecord('size', String(size)))
  return Buffer.concat([
    header('x', 'pax', records.length, modified),
    records,
    tarPadding(records.length),
    header('0', 'long', Math.min(size, largestSize), modified),
  ])
}

/** What follows a file's content so that the next header begins at a block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize)
}

/** The end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * blockSize)
}

export interface ParsedHeader {
  /** `0` a file, `x` a pax header for the next one. */
  readonly type: string
  readonly name: string
  readonly size: number
}

/** Null for the block of zeros that ends an archive, undefined for something that is no header. */
export function parseTarHeader(block: Buffer): ParsedHeader | null | undefined {
  if (block.every((byte) => byte === 0)) return null
  const stated = parseOctal(block, 148, 8)
  if (stated !== checksum(block) || block.toString('latin1', 257, 262) !== 'ustar') return undefined
  return { type: block.toString('latin1', 156, 157), name: parseText(block, 0, 100), size: parseOctal(block, 124, 12) }
}

/** The `path` and `size` of a pax header's records; undefined when they cannot be read. */
export function parsePax(records: Buffer): { readonly name: string; readonly size: number } | undefined {
  const values = new Map<string, string>()
  for (let at = 0; at < records.length; ) {
    const space = records.indexOf(0x20, at)
    const length = Number(records.toString('latin1', at, space))
    if (space < 0 || !Number.isSafeInteger(length) || length < 5 || at + length > records.length) return undefined
    const [key = '', ...value] = records.toString('utf8', space + 1, at + length - 1).split('=')
    values.set(key, value.join('='))
    at += length
  }
  const name = values.get('path')
  const size = Number(values.get('size'))
  return name !== undefined && Number.isSafeInteger(size) && size >= 0 ? { name, size } : undefined
}

function header(type: string, name: string, size: number, modified: Date): Buffer {
  const block = Buffer.alloc(blockSize)
  block.write(name, 0, longestName, 'latin1')
  block.write(octal(0o600, 8), 100, 'latin1')
  block.write(octal(0, 8), 108, 'latin1')
  block.write(octal(0, 8), 116, 'latin1')
  block.write(octal(size, 12), 124, 'latin1')
  block.write(octal(Math.floor(modified.getTime() / 1000), 12), 136, 'latin1')
  block.write(type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  block.write(`${octal(checksum(block), 7)} `, 148, 'latin1')
  return block
}

/** `length` includes the closing NUL. */
function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}

function parseOctal(block: Buffer, start: number, length: number): number {
  const text = block.toString('latin1', start, start + length).replace(/[\0 ]+$/, '')
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

function parseText(block: Buffer, start: number, length: number): string {
  const text = block.toString('latin1', start, start + length)
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** The sum of all bytes, those of the checksum itself counted as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte
  return sum
}

/** A record states its own length, digits of that number included. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  if (String(length).length !== String(bytes).length) length = bytes + String(length).length
  return `${length}${rest}`
}
