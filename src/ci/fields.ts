import { isNull, type MapNode } from './node.ts'
import type { Shape } from './shape.ts'
import { attributeOf, refuse, type Spot, under } from './spot.ts'

/** How one key of a hash is read, and whether its errors name the key as an entry or as an attribute of the hash. */
export interface Field<T> {
  readonly shape: Shape<T>
  readonly as: 'entry' | 'attribute'
}

/** A key with an entry of its own: errors read `…:key config …`. */
export function entry<T>(shape: Shape<T>): Field<T> {
  return { shape, as: 'entry' }
}

/** A key that is judged by the hash it is in: errors read `… key …`. */
export function attribute<T>(shape: Shape<T>): Field<T> {
  return { shape, as: 'attribute' }
}

export type Fields = Readonly<Record<string, Field<unknown>>>

/** What a hash of these fields yields; a key that was absent, null or refused is absent. */
export type Read<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never
}

/**
 * Reads a hash by a table of its keys: refuses unknown keys and reads the others. A key with the value null counts as absent
 * (reference A5).
 */
export function readFields<F extends Fields>(node: MapNode, spot: Spot, fields: F): Read<F> {
  const result: Record<string, unknown> = {}
  allowKeys(node, spot, fields)
  for (const { key, value: node_ } of node.entries.values()) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (field === undefined || isNull(node_)) continue
    const value = field.shape(node_, field.as === 'entry' ? under(spot, key) : attributeOf(spot, key))
    if (value !== undefined) result[key] = value
  }
  return result as Read<F>
}

/** A shape for a hash with this table of keys; `make` turns what was read into what is wanted. */
export function hashOf<F extends Fields, T>(
  fields: F,
  make: (read: Read<F>, node: MapNode, spot: Spot) => T,
): Shape<T> {
  return (node, spot) =>
    node.kind === 'map' ? make(readFields(node, spot, fields), node, spot) : refuse(spot, node, 'should be a hash')
}

/** Refuses keys that the table does not have. */
export function allowKeys(node: MapNode, spot: Spot, fields: Fields): void {
  const unknown = [...node.entries.values()].filter((item) => !Object.hasOwn(fields, item.key))
  const [first] = unknown
  if (first === undefined) return
  refuse(spot, first, `contains unknown keys: ${unknown.map((item) => item.key).join(', ')}`)
}

/** Refuses a hash that lacks some of these keys. */
export function requireKeys(node: MapNode, spot: Spot, keys: readonly string[]): boolean {
  const missing = keys.filter((key) => isNull(node.entries.get(key)?.value))
  if (missing.length === 0) return true
  refuse(spot, node, `missing required keys: ${missing.join(', ')}`)
  return false
}

/** Refuses a hash that has more than one of these keys. */
export function excludeTogether(node: MapNode, spot: Spot, keys: readonly string[]): void {
  const present = [...node.entries.values()].filter((item) => keys.includes(item.key))
  const [, second] = present
  if (second === undefined) return
  refuse(spot, second, `these keys cannot be used together: ${present.map((item) => item.key).join(', ')}`)
}

/** Refuses a hash unless it has exactly one of these keys. */
export function requireOneOf(node: MapNode, spot: Spot, keys: readonly string[]): boolean {
  if (keys.filter((key) => node.entries.has(key)).length === 1) return true
  refuse(spot, node, `must use exactly one of these keys: ${keys.join(', ')}`)
  return false
}

/** Whether a key is there with a value other than null. */
export function has(node: MapNode, key: string): boolean {
  return !isNull(node.entries.get(key)?.value)
}
