import { parseDuration } from './duration.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isNull, isString, type MapNode } from './node.ts'
import { attributeOf, refuse, type Spot, under } from './spot.ts'

/**
 * A shape reads one value: it answers what the rest of the compiler works with, or refuses at the spot and answers undefined.
 * Shapes are the vocabulary in which the keyword-*.ts files describe the language; the messages are GitLab's (reference A2).
 */
export type Shape<T> = (node: CiNode, spot: Spot) => T | undefined

export const text: Shape<string> = (node, spot) =>
  isString(node) ? node.value : refuse(spot, node, 'should be a string')

/** Text of limited length that is not empty. */
export function shortText(maximum: number): Shape<string> {
  return (node, spot) => {
    const value = text(node, spot)
    if (value === undefined || value.length <= maximum) return value
    return refuse(spot, node, `is too long (maximum is ${maximum} characters)`)
  }
}

export const boolean: Shape<boolean> = (node, spot) =>
  node.kind === 'scalar' && typeof node.value === 'boolean'
    ? node.value
    : refuse(spot, node, 'should be a boolean value')

export const hash: Shape<MapNode> = (node, spot) =>
  node.kind === 'map' ? node : refuse(spot, node, 'should be a hash')

export const strings: Shape<readonly string[]> = (node, spot) =>
  stringItems(node) ?? refuse(spot, node, 'should be an array of strings')

export const stringOrStrings: Shape<readonly string[]> = (node, spot) =>
  isString(node) ? [node.value] : (stringItems(node) ?? refuse(spot, node, 'should be an array of strings or a string'))

/** Strings in lists nested up to ten levels, as `!reference` makes them, in one list. */
export const nestedStringsOrString: Shape<readonly string[]> = (node, spot) => {
  if (isString(node)) return [node.value]
  return flatStrings(node) ?? refuse(spot, node, 'should be a string or a nested array of strings up to 10 levels deep')
}

export const nestedStrings: Shape<readonly string[]> = (node, spot) =>
  flatStrings(node) ??
  refuse(spot, node, 'should be an array of strings or a nested array of strings up to 10 levels deep')

export const integerOrIntegers: Shape<readonly number[]> = (node, spot) => {
  const items = node.kind === 'list' ? node.items : [node]
  const numbers = items.flatMap((item) => (isInteger(item) ? [item.value] : []))
  if (numbers.length === items.length) return numbers
  return refuse(spot, node, 'should be an array of integers or an integer')
}

/** One word of a list; `message` is everything after the attribute. */
export function oneOf<const T extends string>(
  words: readonly T[],
  message: string = `should be one of: ${words.join(', ')}`,
): Shape<T> {
  return (node, spot) => {
    const word = words.find((candidate) => isString(node) && node.value === candidate)
    return word ?? refuse(spot, node, message)
  }
}

/** A duration in seconds, written as a string and at most `limit` seconds. */
export function duration(limit: number = Number.POSITIVE_INFINITY): Shape<number> {
  return (node, spot) => {
    const seconds = isString(node) ? parseDuration(node.value) : null
    if (seconds === null) return refuse(spot, node, 'should be a duration')
    return seconds > limit ? refuse(spot, node, 'should not exceed the limit') : seconds
  }
}

export function isInteger(node: CiNode): node is Extract<CiNode, { kind: 'scalar' }> & { readonly value: number } {
  return node.kind === 'scalar' && typeof node.value === 'number' && node.float !== true
}

export function stringItems(node: CiNode): readonly string[] | undefined {
  if (node.kind !== 'list') return undefined
  const items: string[] = []
  for (const item of node.items) {
    if (!isString(item)) return undefined
    items.push(item.value)
  }
  return items
}

export function flatStrings(node: CiNode): readonly string[] | undefined {
  const flat: string[] = []
  const walk = (item: CiNode, level: number): boolean => {
    if (isString(item)) {
      flat.push(item.value)
      return true
    }
    return item.kind === 'list' && level < LIMITS.nestedArrays && item.items.every((child) => walk(child, level + 1))
  }
  return node.kind === 'list' && walk(node, 0) ? flat : undefined
}

/** How one key of a hash is read, and whether its errors name the key (`child`) or count as an attribute of the hash. */
export interface Field<T> {
  readonly shape: Shape<T>
  readonly as: 'child' | 'attribute'
}

/** A key with an entry of its own: errors read `…:key config …`. */
export function child<T>(shape: Shape<T>): Field<T> {
  return { shape, as: 'child' }
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
 * Reads a hash by a table of its keys: refuses unknown keys, asks for required ones, reads the others. A key with the value
 * null counts as absent (reference A5).
 */
export function readFields<F extends Fields>(node: MapNode, spot: Spot, fields: F): Read<F> {
  const result: Record<string, unknown> = {}
  const unknown = [...node.entries.values()].filter((entry) => !Object.hasOwn(fields, entry.key))
  const [firstUnknown] = unknown
  if (firstUnknown !== undefined) {
    refuse(spot, firstUnknown, `contains unknown keys: ${unknown.map((entry) => entry.key).join(', ')}`)
  }
  for (const entry of node.entries.values()) {
    const field = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined
    if (field === undefined || isNull(entry.value)) continue
    const inner = field.as === 'child' ? under(spot, entry.key) : attributeOf(spot, entry.key)
    const value = field.shape(entry.value, inner)
    if (value !== undefined) result[entry.key] = value
  }
  return result as Read<F>
}

/** Refuses a hash that lacks some of these keys. */
export function requireKeys(node: MapNode, spot: Spot, keys: readonly string[]): boolean {
  const missing = keys.filter((key) => isNull(node.entries.get(key)?.value))
  if (missing.length === 0) return true
  refuse(spot, node, `missing required keys: ${missing.join(', ')}`)
  return false
}
