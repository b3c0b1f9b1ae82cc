import type { CiNode, MapEntry } from './node.ts'

/**
 * Applies one `<<`. As in GitLab's YAML parser, order counts: a merge overrides the keys written above it in the same map, and
 * keys written below override the merge. In a list of maps the first map wins. Answers false when the value cannot be merged,
 * in which case `<<` is an ordinary key.
 */
export function applyMergeKey(entries: Map<string, MapEntry>, value: CiNode): boolean {
  if (value.kind === 'map') {
    for (const entry of value.entries.values()) entries.set(entry.key, entry)
    return true
  }
  if (value.kind !== 'list') return false
  const merged = new Map<string, MapEntry>()
  for (const item of value.items.toReversed()) {
    if (item.kind !== 'map') return false
    for (const entry of item.entries.values()) merged.set(entry.key, entry)
  }
  for (const entry of merged.values()) entries.set(entry.key, entry)
  return true
}
