import { err, ok, type Result } from '../domain/result.ts'
import { asText, type InputValues } from './inputs.ts'
import { type InterpolationContext, readBlock } from './interpolation-block.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, listNode, type MapEntry, mapNode, moveTo, type ScalarNode, scalarNode } from './node.ts'
import { errorAt } from './problems.ts'
import type { Position } from './source.ts'
import type { CiError } from './types.ts'

export type { InputValues, InterpolationContext }

/**
 * Replaces every `$[[ … ]]` in keys and values (reference A7). A scalar that is one block takes the value with its type; a list
 * in a list is spliced in; inside other text a value is written as text. Answers the first error, at the scalar it is in.
 */
export function interpolate(root: CiNode, context: InterpolationContext): Result<CiNode, CiError> {
  const walk: Walk = { context, done: new Map(), blocks: new Map(), visited: 0, problem: null }
  const node = replace(walk, root)
  return walk.problem === null ? ok(node) : err(walk.problem)
}

interface Walk {
  readonly context: InterpolationContext
  readonly done: Map<CiNode, CiNode>
  /** Every block was evaluated once. */
  readonly blocks: Map<string, CiNode | null>
  visited: number
  problem: CiError | null
}

function fail(walk: Walk, at: Position, message: string): null {
  walk.problem ??= errorAt(at, message)
  return null
}

function replace(walk: Walk, node: CiNode): CiNode {
  if (walk.problem !== null) return node
  walk.visited += 1
  if (walk.visited > LIMITS.interpolationNodes) {
    fail(walk, node, 'config too large')
    return node
  }
  if (node.kind === 'scalar') return typeof node.value === 'string' ? replaceScalar(walk, node, node.value) : node
  if (node.kind === 'reference') return node
  const known = walk.done.get(node)
  if (known !== undefined) return known
  const replaced = node.kind === 'list' ? replaceItems(walk, node) : replaceEntries(walk, node)
  walk.done.set(node, replaced)
  return replaced
}

function replaceItems(walk: Walk, node: Extract<CiNode, { kind: 'list' }>): CiNode {
  const items = node.items.flatMap((item) => {
    const value = replace(walk, item)
    return item.kind === 'scalar' && value.kind === 'list' ? value.items : [value]
  })
  const same = items.length === node.items.length && items.every((item, index) => item === node.items[index])
  return same ? node : listNode(items, node)
}

function replaceEntries(walk: Walk, node: Extract<CiNode, { kind: 'map' }>): CiNode {
  let changed = false
  const entries = new Map<string, MapEntry>()
  for (const entry of node.entries.values()) {
    const key = entry.key.includes('$[[')
      ? asText(replaceScalar(walk, scalarNode(entry.key, entry), entry.key))
      : entry.key
    const value = replace(walk, entry.value)
    const same = key === entry.key && value === entry.value
    changed ||= !same
    entries.set(key, same ? entry : { ...entry, key, value })
  }
  return changed ? mapNode(entries, node) : node
}

function replaceScalar(walk: Walk, node: ScalarNode, text: string): CiNode {
  if (!text.includes('$[[')) return node
  if (text.length > LIMITS.interpolationNodeLength) {
    fail(walk, node, 'config node too large')
    return node
  }
  const blocks = findBlocks(text)
  const [only] = blocks
  if (only === undefined) return node
  if (blocks.length === 1 && only.start === 0 && only.end === text.length) {
    const value = valueOf(walk, node, only.data, text)
    return value === null ? node : moveTo(value, node)
  }
  let result = ''
  let at = 0
  for (const block of blocks) {
    const value = valueOf(walk, node, block.data, text.slice(block.start, block.end))
    if (value === null) return node
    result += text.slice(at, block.start) + asText(value)
    at = block.end
    if (result.length > LIMITS.interpolationNodeLength) {
      fail(walk, node, 'config node too large')
      return node
    }
  }
  return scalarNode(result + text.slice(at), node)
}

function valueOf(walk: Walk, at: Position, data: string, written: string): CiNode | null {
  const known = walk.blocks.get(written)
  if (known !== undefined) return known
  if (walk.blocks.size >= LIMITS.interpolationBlocks) return fail(walk, at, 'too many interpolation blocks')
  const value = readBlock(data, written, walk.context, at)
  const node = value.ok ? value.value : fail(walk, at, value.error)
  walk.blocks.set(written, node)
  return node
}

interface FoundBlock {
  readonly start: number
  readonly end: number
  readonly data: string
}

/** Blocks do not span lines. Searching on from each closing bracket keeps this linear, whatever the text holds. */
function findBlocks(text: string): readonly FoundBlock[] {
  const blocks: FoundBlock[] = []
  let start = text.indexOf('$[[')
  while (start !== -1) {
    const line = text.indexOf('\n', start)
    const close = text.indexOf(']]', start + 3)
    if (close === -1) break
    if (line !== -1 && line < close) {
      start = text.indexOf('$[[', line)
      continue
    }
    const data = text.slice(start + 3, close).trim()
    const end = close + 2
    if (data.length >= 2) blocks.push({ start, end, data })
    start = text.indexOf('$[[', end)
  }
  return blocks
}
