import { parseDuration } from './duration.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isString, type ScalarNode, toPlain } from './node.ts'
import { compileSource, isPattern } from './regexp.ts'
import { refuse, type Spot } from './spot.ts'

/**
 * A shape reads one value: it answers what the rest of the compiler works with, or refuses at the spot and answers undefined.
 * Shapes are the vocabulary in which the keyword-*.ts files describe the language; the messages are GitLab's (reference A2).
 */
export type Shape<T> = (node: CiNode, spot: Spot) => T | undefined

export const text: Shape<string> = (node, spot) =>
  isString(node) ? node.value : refuse(spot, node, 'should be a string')

/** Text that is not blank. */
export const presentText: Shape<string> = (node, spot) => {
  const value = text(node, spot)
  return value !== undefined && value.trim() === '' ? refuse(spot, node, "can't be blank") : value
}

/** Text of limited length. */
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

export const strings: Shape<readonly string[]> = (node, spot) =>
  stringItems(node) ?? refuse(spot, node, 'should be an array of strings')

export const stringOrStrings: Shape<readonly string[]> = (node, spot) =>
  isString(node) ? [node.value] : (stringItems(node) ?? refuse(spot, node, 'should be an array of strings or a string'))

/** Commands: text, or texts in lists nested up to ten levels, as `!reference` makes them; in one list. */
export const commands: Shape<readonly string[]> = (node, spot) => {
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

/** A whole number from `minimum` to `maximum`. */
export function integerBetween(minimum: number, maximum: number): Shape<number> {
  return (node, spot) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'number') return refuse(spot, node, 'is not a number')
    if (!isInteger(node)) return refuse(spot, node, 'must be an integer')
    if (node.value < minimum) return refuse(spot, node, `must be greater than or equal to ${minimum}`)
    return node.value > maximum ? refuse(spot, node, `must be less than or equal to ${maximum}`) : node.value
  }
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

/** A duration in seconds, written as a string and below `limit` seconds. */
export function duration(limit: number = Number.POSITIVE_INFINITY): Shape<number> {
  return (node, spot) => {
    const seconds = isString(node) ? parseDuration(node.value) : null
    if (seconds === null) return refuse(spot, node, 'should be a duration')
    return seconds > limit ? refuse(spot, node, 'should not exceed the limit') : seconds
  }
}

/** `/re2/flags`; answers the RE2 source with the flags in front. */
export const regularExpression: Shape<string> = (node, spot) => {
  const written = isString(node) ? /^\/(.*)\/([ismU]*)$/.exec(node.value) : null
  const [, body = '', flags = ''] = written ?? []
  const source = flags === '' ? body : `(?${flags})${body}`
  if (written !== null && compileSource(source) !== null) return source
  return refuse(spot, node, 'must be a regular expression with re2 syntax')
}

/** Strings of which those between slashes must be RE2. */
export const stringsOrPatterns: Shape<readonly string[]> = (node, spot) => {
  const items = stringItems(node)
  const good = items?.every((item) => !/^\/.*\/[ismU]*$/.test(item) || isPattern(item)) ?? false
  if (items !== undefined && good) return items
  return refuse(spot, node, 'should be an array of strings or regular expressions using re2 syntax')
}

/** Anything, as plain data. For what is handed on without being understood. */
export const anything: Shape<unknown> = (node) => toPlain(node)

export function isInteger(node: CiNode): node is ScalarNode & { readonly value: number } {
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

function flatStrings(node: CiNode): readonly string[] | undefined {
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
