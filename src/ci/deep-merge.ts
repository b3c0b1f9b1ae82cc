import { type CiNode, type MapEntry, type MapNode, mapNode } from './node.ts'

/** How many entries may still be copied; below zero a merge stops where it is and its result must not be used. */
export interface MergeBudget {
  left: number
}

/**
 * Lays one map over another: maps merge key by key, anything else replaces what was there. This is how includes and `extends`
 * combine (reference A5, A6). Keys keep the order of the base; parts that only one side has are shared, not copied.
 */
export function deepMerge(base: MapNode, over: MapNode, budget: MergeBudget): MapNode {
  if (base === over || over.entries.size === 0) return base
  if (base.entries.size === 0) return over
  budget.left -= base.entries.size + over.entries.size
  if (budget.left < 0) return over
  const entries = new Map<string, MapEntry>(base.entries)
  for (const entry of over.entries.values()) entries.set(entry.key, mergeEntry(entries.get(entry.key), entry, budget))
  return mapNode(entries, over)
}

function mergeEntry(base: MapEntry | undefined, over: MapEntry, budget: MergeBudget): MapEntry {
  if (base === undefined) return over
  const value = mergeNode(base.value, over.value, budget)
  return value === over.value ? over : { key: over.key, value, source: over.source, start: over.start }
}

function mergeNode(base: CiNode, over: CiNode, budget: MergeBudget): CiNode {
  return base.kind === 'map' && over.kind === 'map' ? deepMerge(base, over, budget) : over
}
