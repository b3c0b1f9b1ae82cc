import { err, ok, type Result } from '../domain/result.ts'
import { deepMerge, type MergeBudget } from './deep-merge.ts'
import { LIMITS } from './limits.ts'
import { type CiNode, isNull, isString, type MapEntry, type MapNode, mapNode } from './node.ts'
import { errorAt } from './problems.ts'
import type { CiError } from './types.ts'

/**
 * Resolves `extends` in every top-level map: bases from left to right, then the map itself on top (reference A5). A base is
 * resolved once and shared. Unknown or unusable bases, cycles and more than ten levels are errors.
 */
export function resolveExtends(root: MapNode): Result<MapNode, CiError> {
  if (![...root.entries.values()].some(hasExtends)) return ok(root)
  const walk: Walk = { root, done: new Map(), open: new Set(), budget: { left: LIMITS.expandedNodes } }
  const entries = new Map<string, MapEntry>()
  for (const entry of root.entries.values()) {
    if (!hasExtends(entry)) {
      entries.set(entry.key, entry)
      continue
    }
    const resolved = resolveEntry(walk, entry)
    if (!resolved.ok) return resolved
    entries.set(entry.key, { ...entry, value: resolved.value.map })
  }
  return ok(mapNode(entries, root))
}

interface Walk {
  readonly root: MapNode
  readonly done: Map<string, Resolved>
  readonly open: Set<string>
  readonly budget: MergeBudget
}

interface Resolved {
  readonly map: MapNode
  /** Levels of bases below. */
  readonly depth: number
}

function hasExtends(entry: MapEntry): boolean {
  return entry.value.kind === 'map' && !isNull(entry.value.entries.get('extends')?.value)
}

function resolveEntry(walk: Walk, entry: MapEntry): Result<Resolved, CiError> {
  const known = walk.done.get(entry.key)
  if (known !== undefined) return ok(known)
  if (entry.value.kind !== 'map') return fail(entry, `invalid base hashes in \`extends\` (${entry.key})`)
  const bases = entry.value.entries.get('extends')
  if (bases === undefined || isNull(bases.value)) return ok({ map: entry.value, depth: 0 })
  const found = findBases(walk.root, entry, bases.value)
  if (!found.ok) return found
  if (walk.open.size > LIMITS.extendsDepth) return fail(entry, 'nesting too deep in `extends`')
  walk.open.add(entry.key)
  let merged: MapNode | null = null
  let depth = 0
  for (const base of found.value) {
    if (walk.open.has(base.key)) return fail(entry, 'circular dependency detected in `extends`')
    const resolved = resolveEntry(walk, base)
    if (!resolved.ok) return resolved
    depth = Math.max(depth, resolved.value.depth + 1)
    merged = merged === null ? resolved.value.map : deepMerge(merged, resolved.value.map, walk.budget)
  }
  if (depth > LIMITS.extendsDepth) return fail(entry, 'nesting too deep in `extends`')
  walk.open.delete(entry.key)
  if (walk.budget.left < 0) return err(errorAt(entry, 'The parsed YAML is too big'))
  const result: Resolved = { map: merged === null ? entry.value : deepMerge(merged, entry.value, walk.budget), depth }
  walk.done.set(entry.key, result)
  return ok(result)
}

function findBases(root: MapNode, entry: MapEntry, value: CiNode): Result<readonly MapEntry[], CiError> {
  const names = baseNames(value)
  if (names === null) return fail(entry, `invalid base hashes in \`extends\` (${entry.key})`)
  const unknown = names.filter((name) => !root.entries.has(name))
  if (unknown.length > 0) return fail(entry, `unknown keys in \`extends\` (${unknown.join(', ')})`)
  const bases = names.flatMap((name) => root.entries.get(name) ?? [])
  const unusable = bases.filter((base) => base.value.kind !== 'map').map((base) => base.key)
  if (unusable.length > 0) return fail(entry, `invalid base hashes in \`extends\` (${unusable.join(', ')})`)
  return ok(bases)
}

function baseNames(value: CiNode): readonly string[] | null {
  if (isString(value)) return [value.value]
  if (value.kind !== 'list') return null
  const names = value.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []))
  return names.length === value.items.length ? names : null
}

function fail(entry: MapEntry, message: string): { readonly ok: false; readonly error: CiError } {
  return err(errorAt(entry, `${entry.key}: ${message}`))
}
