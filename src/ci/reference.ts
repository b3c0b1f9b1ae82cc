import { err, ok, type Result } from '../domain/result.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, listNode, type MapEntry, type MapNode, mapNode, type ReferenceNode } from './node.ts'
import { errorAt } from './problems.ts'
import type { CiError } from './types.ts'

/**
 * Replaces every `!reference` by what its path names in the merged configuration (reference A5). What a reference finds may hold
 * references itself, ten deep; the value is shared, not copied. Parts without references come back as they were.
 */
export function resolveReferences(root: MapNode): Result<MapNode, CiError> {
  const walk: Walk = { root, done: new Map(), depths: new Map(), open: [], problem: null }
  const resolved = resolve(walk, root)
  if (walk.problem !== null) return err(walk.problem)
  return ok(resolved.kind === 'map' ? resolved : root)
}

interface Walk {
  readonly root: MapNode
  readonly done: Map<CiNode, CiNode>
  /** How many references are followed to resolve what a node holds. */
  readonly depths: Map<CiNode, number>
  readonly open: CiNode[]
  problem: CiError | null
}

function resolve(walk: Walk, node: CiNode): CiNode {
  if (node.kind === 'scalar' || walk.problem !== null) return node
  const known = walk.done.get(node)
  if (known !== undefined) return known
  const resolved = node.kind === 'reference' ? follow(walk, node) : resolveChildren(walk, node)
  if (node.kind !== 'reference') walk.depths.set(node, deepest(walk, node))
  walk.done.set(node, resolved)
  return resolved
}

function resolveChildren(walk: Walk, node: CiNode): CiNode {
  if (node.kind === 'list') {
    const items = node.items.map((item) => resolve(walk, item))
    return items.every((item, index) => item === node.items[index]) ? node : listNode(items, node)
  }
  if (node.kind !== 'map') return node
  let changed = false
  const entries = new Map<string, MapEntry>()
  for (const entry of node.entries.values()) {
    const value = resolve(walk, entry.value)
    changed ||= value !== entry.value
    entries.set(entry.key, value === entry.value ? entry : { ...entry, value })
  }
  return changed ? mapNode(entries, node) : node
}

function follow(walk: Walk, reference: ReferenceNode): CiNode {
  const name = `!reference ${JSON.stringify(reference.path).replaceAll('","', '", "')}`
  if (walk.open.includes(reference)) return fail(walk, reference, `${name} is part of a circular chain`)
  if (walk.open.length >= LIMITS.referenceDepth) return fail(walk, reference, `${name} is nested too deeply`)
  walk.open.push(reference)
  const found = lookUp(walk, reference.path)
  const resolved = found === undefined ? fail(walk, reference, `${name} could not be found`) : resolve(walk, found)
  walk.open.pop()
  const depth = 1 + (found === undefined ? 0 : (walk.depths.get(found) ?? 0))
  walk.depths.set(reference, depth)
  return depth > LIMITS.referenceDepth ? fail(walk, reference, `${name} is nested too deeply`) : resolved
}

function deepest(walk: Walk, node: CiNode): number {
  let depth = 0
  const look = (child: CiNode): void => {
    depth = Math.max(depth, walk.depths.get(child) ?? 0)
  }
  if (node.kind === 'list') node.items.forEach(look)
  else if (node.kind === 'map') for (const entry of node.entries.values()) look(entry.value)
  return depth
}

/** Walks the path; a reference met on the way is followed first. */
function lookUp(walk: Walk, path: readonly string[]): CiNode | undefined {
  let node: CiNode | undefined = walk.root
  for (const key of path) {
    if (node?.kind === 'reference') node = resolve(walk, node)
    node = node?.kind === 'map' ? node.entries.get(key)?.value : undefined
  }
  return node
}

function fail(walk: Walk, reference: ReferenceNode, message: string): CiNode {
  walk.problem ??= errorAt(reference, message)
  return reference
}
