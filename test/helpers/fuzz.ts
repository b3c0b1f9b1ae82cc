/** Requests made from the operations themselves: valid, mutated and hostile, from a seed so that a failing run can be repeated. */
import { z } from 'zod'
import { type Operation, pathParameters } from '../../src/contract/operation.ts'

export interface FuzzRequest {
  readonly operation: string
  readonly method: string
  /** Below /api/v4, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

type Json = Readonly<Record<string, unknown>>
export type Random = () => number

/** A small seeded generator (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const hostile: readonly unknown[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '../../etc/passwd',
  '..%2f..%2f',
  "'; drop table users; --",
  '<script>alert(1)</script>',
  '${jndi:ldap://x}',
  '$(id)',
  '`id`',
  '-rf',
  '--upload-pack=touch x',
  'é'.repeat(300),
  '\u202e\u0000\ud800',
  'x'.repeat(5_000),
  '9'.repeat(40),
  -1,
  0,
  1e308,
  2 ** 53,
  0.5,
  '1e3',
  'NaN',
  true,
  null,
  [],
  [[]],
  {},
  [{}],
  { a: { b: { c: [1, 2, { d: null }] } } },
  { 0: 'a', 1: 'b' },
  { constructor: { prototype: { polluted: true } } },
  '2026-02-30',
  '0000-00-00T99:99:99Z',
  '275760-09-13T00:00:00Z',
]

export interface Pools {
  /** Values that mean something for a parameter of this name: real ids, paths, refs. */
  readonly known: Readonly<Record<string, readonly unknown[]>>
}

/** One request for `operation`. */
export function fuzzRequest(operation: Operation, random: Random, pools: Pools): FuzzRequest {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const schema = z.toJSONSchema(operation.params, { io: 'input', unrepresentable: 'any' }) as Json
  const properties = (schema['properties'] ?? {}) as Record<string, Json>
  const required = (schema['required'] ?? []) as string[]
  const temper = random()
  const valueOf = (name: string, property: Json): unknown => {
    const known = pools.known[name]
    if (temper > 0.75 && random() < 0.4) return pick(hostile)
    if (known && random() < 0.85) return pick(known)
    return generate(property, random, pick, 0)
  }
  const inPath = pathParameters(operation.path)
  const path = operation.path.replaceAll(/:(\w+)/g, (_, name: string) => segment(valueOf(name, properties[name] ?? {})))
  const fields: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(properties)) {
    if (inPath.includes(name)) continue
    if (required.includes(name) ? random() < 0.95 : random() < 0.35) fields[name] = valueOf(name, property)
  }
  if (random() < 0.05) fields[pick(['unknown', '__proto__', 'constructor', 'page', 'per_page', 'sudo'])] = pick(hostile)
  const base = { operation: operation.id, method: operation.method }
  if (operation.method === 'GET' || random() < 0.2) {
    return { ...base, path: `${path}?${query(fields)}`, headers: {}, body: undefined }
  }
  if (random() < 0.25) {
    return { ...base, path, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: query(fields) }
  }
  const json = JSON.stringify(fields)
  const body = random() < 0.02 ? json.slice(0, Math.floor(json.length * random())) : json
  return { ...base, path, headers: { 'content-type': 'application/json' }, body }
}

function segment(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
  // An empty segment would be another path; a lone surrogate cannot be written in a URL at all.
  return encodeURIComponent((text === '' ? '0' : text).toWellFormed())
}

/** Rails-style nesting, as clients send it. */
export function query(fields: Readonly<Record<string, unknown>>): string {
  const pairs: string[] = []
  const add = (key: string, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) add(`${key}[]`, item)
    else if (value !== null && typeof value === 'object') {
      for (const [name, inner] of Object.entries(value)) add(`${key}[${name}]`, inner)
    } else pairs.push(`${encodeURIComponent(key)}=${encodeURIComponent(String(value).toWellFormed())}`)
  }
  for (const [key, value] of Object.entries(fields)) add(key, value)
  return pairs.join('&')
}

function generate(schema: Json, random: Random, pick: <T>(list: readonly T[]) => T, depth: number): unknown {
  const options = (schema['anyOf'] ?? schema['oneOf']) as Json[] | undefined
  if (options && options.length > 0) return generate(pick(options), random, pick, depth)
  if (Array.isArray(schema['enum'])) return pick(schema['enum'] as unknown[])
  if ('const' in schema) return schema['const']
  const type = Array.isArray(schema['type']) ? pick(schema['type'] as string[]) : schema['type']
  switch (type) {
    case 'integer':
    case 'number':
      return Math.floor(random() * 60)
    case 'boolean':
      return random() < 0.5
    case 'null':
      return null
    case 'array':
      return Array.from({ length: Math.floor(random() * 3) }, () =>
        depth > 3 ? 1 : generate((schema['items'] ?? {}) as Json, random, pick, depth + 1),
      )
    case 'object': {
      const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Json>)
      return Object.fromEntries(
        properties
          .filter(() => depth < 4 && random() < 0.7)
          .map(([name, property]) => [name, generate(property, random, pick, depth + 1)]),
      )
    }
    case 'string':
      if (schema['format'] === 'date-time') return new Date(Math.floor(random() * 2e12)).toISOString()
      return pick(['main', 'production', 'a name', 'x', 'README.md', '40', '2026-01-31', 'feature/1'])
    default:
      return pick(hostile)
  }
}
