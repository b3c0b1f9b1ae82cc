/** Reads a dotenv report out of the blob store: gzip members one after another, or plain text. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type DotenvVariable, dotenvLimits, parseDotenv } from '../ci/dotenv.ts'
import { err, type Result } from '../domain/result.ts'
import type { App } from './context.ts'

const unzip = promisify(gunzip)
const tooBig = `Dotenv Artifact Too Big. Maximum Allowable Size: ${dotenvLimits.bytes}`

export async function readDotenvReport(app: App, blob: string): Promise<Result<readonly DotenvVariable[], string>> {
  const stream = await app.blobs.get(blob)
  if (stream === null) throw new Error(`blob ${blob} is gone`)
  const parts: Buffer[] = []
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part)
  const packed = Buffer.concat(parts)
  const isGzip = packed.length > 2 && packed.readUInt16BE(0) === 0x1f8b
  // One byte more than allowed is enough to know.
  const text = isGzip ? await unzip(packed, { maxOutputLength: dotenvLimits.bytes + 1 }).catch(asProblem) : packed
  if (typeof text === 'string') return err(text)
  if (text.length > dotenvLimits.bytes) return err(tooBig)
  return parseDotenv(decode(text))
}

function asProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'ERR_BUFFER_TOO_LARGE' ? tooBig : 'Invalid Format'
}

/** PowerShell writes UTF-16 with a byte order mark. */
function decode(bytes: Buffer): string {
  const wide = bytes.length >= 2 && bytes.readUInt16BE(0) === 0xfffe
  return new TextDecoder(wide ? 'utf-16le' : 'utf-8').decode(bytes)
}
