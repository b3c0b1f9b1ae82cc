import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { DatabaseRefusal } from './database-refusal.ts'

/**
 * A backup is JSON lines: a head; for each table its name and columns, then its rows as arrays of PostgreSQL's text forms; the
 * sequences; and an end with the number of rows and the SHA-256 of every byte before it, without which a backup is incomplete.
 */
export const backupFormat = 'countersign-backup'
export const backupVersion = 1

/** One line of a backup, told apart by its keys. */
export type BackupLine =
  | { readonly kind: 'row'; readonly values: readonly (string | null)[] }
  | { readonly kind: 'table'; readonly table: string; readonly columns: readonly string[] }
  | { readonly kind: 'sequence'; readonly sequence: string; readonly value: number; readonly called: boolean }
  | { readonly kind: 'head'; readonly format: string; readonly version: number; readonly migrations: unknown }

/**
 * Reads a backup's lines up to its end line, and checks that it is whole: the end line must be there, with the hash of what came
 * before. The check comes last, so nothing may be kept before the iteration is over.
 */
export async function* readBackup(input: Readable): AsyncGenerator<BackupLine> {
  const hash = createHash('sha256')
  let rows = 0
  let ended = false
  for await (const line of splitLines(input)) {
    const value = parse(line)
    if (ended) throw invalid('there is something after its end')
    if (!Array.isArray(value) && value['end'] === true) {
      if (value['rows'] !== rows || value['sha256'] !== hash.digest('hex')) throw invalid('it was changed or damaged')
      ended = true
      continue
    }
    hash.update(`${line}\n`)
    const parsed = classify(value)
    if (parsed.kind === 'row') rows++
    yield parsed
  }
  if (!ended) throw invalid('its end is missing')
}

export function invalid(reason: string): DatabaseRefusal {
  return new DatabaseRefusal('invalid_backup', `This is not a whole Countersign backup: ${reason}.`)
}

/** Splits at line feeds alone; Node's readline would also split at U+2028, which JSON leaves as it is. */
async function* splitLines(input: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let pending = ''
  for await (const chunk of input) {
    const lines = (pending + decode(decoder, chunk)).split('\n')
    pending = lines.pop() ?? ''
    yield* lines
  }
  if (pending !== '') yield pending
}

function decode(decoder: TextDecoder, chunk: unknown): string {
  if (typeof chunk === 'string') return chunk
  if (!(chunk instanceof Uint8Array)) throw new TypeError('A backup is read from a stream of bytes')
  try {
    return decoder.decode(chunk, { stream: true })
  } catch {
    throw invalid('it is not UTF-8 text (a compressed backup has to be decompressed first)')
  }
}

function parse(line: string): unknown[] | Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    if (Array.isArray(value)) return value
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // falls through to the refusal
  }
  throw invalid('a line of it is not JSON')
}

function classify(value: unknown[] | Record<string, unknown>): BackupLine {
  if (Array.isArray(value)) {
    if (value.every((item) => item === null || typeof item === 'string')) return { kind: 'row', values: value }
    throw invalid('a row holds something other than text')
  }
  const { table, columns, sequence, value: last, called, format, version, migrations } = value
  if (typeof table === 'string' && Array.isArray(columns)) return { kind: 'table', table, columns: columns.map(String) }
  if (typeof sequence === 'string' && typeof last === 'number' && typeof called === 'boolean') {
    return { kind: 'sequence', sequence, value: last, called }
  }
  if (typeof format === 'string' && typeof version === 'number') return { kind: 'head', format, version, migrations }
  throw invalid('a line of it is unknown')
}
