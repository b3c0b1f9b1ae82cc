import { Client, type ClientConfig, types } from 'pg'
import type { EmbeddedConnection } from './embedded.ts'

/** Which PostgreSQL to use: one somebody runs (DATABASE_URL), or the one Countersign started. */
export type Target =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'embedded'; readonly connection: EmbeddedConnection }

/** The embedded server as a URL that a child process can take as its DATABASE_URL. */
export function embeddedUrl(connection: EmbeddedConnection): string {
  const { host, user, database, password } = connection
  return `postgres://${user}:${encodeURIComponent(password)}@/${database}?host=${encodeURIComponent(host)}`
}

/** Where a target is, for messages: never its password. */
export function describeTarget(target: Target): string {
  if (target.kind === 'embedded') return `the embedded PostgreSQL at ${target.connection.host}`
  const { host, port, database } = new Client({ connectionString: target.url })
  return `PostgreSQL at ${host}:${port}/${database ?? ''}`
}

/** What every connection of Countersign has in common, as the driver wants it. */
export function clientConfig(target: Target): ClientConfig {
  return {
    ...(target.kind === 'url' ? { connectionString: target.url } : target.connection),
    application_name: 'countersign',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser },
  }
}

const { builtins, getTypeParser: defaultParser } = types

/** Ids and counts: the driver's default is text. Countersign's identities stay far below 2^53; anything beyond must not round. */
function parseInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`)
  return value
}

/** One dimension is enough; elements of these types are never quoted (PostgreSQL docs, "Array Input and Output Syntax"). */
function parseArray(text: string, element: (text: string) => unknown): unknown[] {
  if (text === '{}') return []
  const parts = text.slice(1, -1).split(',')
  return parts.map((part) => (part === 'NULL' ? null : element(part)))
}

const keepText = (text: string) => text

/** Element parsers by the oid of a type and of its array type (PostgreSQL's pg_type.dat). */
const scalars = new Map<number, (text: string) => unknown>([
  [builtins.INT8, parseInteger],
  [builtins.NUMERIC, Number],
  [builtins.DATE, keepText],
])
const arrays = new Map<number, (text: string) => unknown>([
  [1016, parseInteger],
  [1231, Number],
  [1182, keepText],
])

/** int8 and numeric as number, date as 'YYYY-MM-DD', timestamptz as Date (the driver's default), and arrays of them likewise. */
function getTypeParser(oid: Parameters<typeof defaultParser>[0], format?: 'text' | 'binary') {
  if (format === 'binary') return defaultParser(oid, 'binary')
  const scalar = scalars.get(oid)
  if (scalar) return scalar
  const element = arrays.get(oid)
  if (element) return (text: string) => parseArray(text, element)
  return defaultParser(oid, 'text')
}
