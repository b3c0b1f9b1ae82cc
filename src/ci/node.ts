import type { Position, Source } from './source.ts'

/**
 * The configuration as a tree of values that know where they were written. Nodes are never changed after they were made, so
 * anchors, `extends` and `!reference` share them instead of copying.
 */
export type CiNode = ScalarNode | ListNode | MapNode | ReferenceNode

export interface ScalarNode extends Position {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** The value as text, in the form a variable takes it: `1.0` stays `1.0`, null is empty. */
  readonly text: string
  readonly float?: true
}

export interface ListNode extends Position {
  readonly kind: 'list'
  readonly items: readonly CiNode[]
}

export interface MapNode extends Position {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, MapEntry>
}

/** A `!reference [a, b]`: the path, not yet looked up. */
export interface ReferenceNode extends Position {
  readonly kind: 'reference'
  readonly path: readonly string[]
}

/** A key with its value; the position is the key's. */
export interface MapEntry extends Position {
  readonly key: string
  readonly value: CiNode
}

export function scalarNode(value: string | boolean | null, at: Position): ScalarNode {
  return { kind: 'scalar', value, text: value === null ? '' : String(value), source: at.source, start: at.start }
}

export function mapNode(entries: ReadonlyMap<string, MapEntry>, at: Position): MapNode {
  return { kind: 'map', entries, source: at.source, start: at.start }
}

export function listNode(items: readonly CiNode[], at: Position): ListNode {
  return { kind: 'list', items, source: at.source, start: at.start }
}

export function emptyMap(source: Source): MapNode {
  return mapNode(new Map(), { source, start: 0 })
}

/** The value under a key, or undefined when the key is absent. A null written by hand is a node. */
export function valueAt(map: MapNode, key: string): CiNode | undefined {
  return map.entries.get(key)?.value
}

export function isNull(node: CiNode | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.value === null)
}

export function isString(node: CiNode): node is ScalarNode & { readonly value: string } {
  return node.kind === 'scalar' && typeof node.value === 'string'
}

/** The map without some keys; the same map when it has none of them. */
export function without(map: MapNode, keys: readonly string[]): MapNode {
  if (!keys.some((key) => map.entries.has(key))) return map
  const entries = new Map(map.entries)
  for (const key of keys) entries.delete(key)
  return mapNode(entries, map)
}

/** The map with one of its keys alone. */
export function only(map: MapNode, key: string): MapNode {
  const entry = map.entries.get(key)
  return mapNode(new Map(entry === undefined ? [] : [[key, entry]]), map)
}

/** Data from outside (JSON) as nodes, all at one position. Floats are told from integers by their value. */
export function fromPlain(value: unknown, at: Position): CiNode {
  if (Array.isArray(value))
    return listNode(
      value.map((item) => fromPlain(item, at)),
      at,
    )
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]): [string, MapEntry] => [
      key,
      { key, value: fromPlain(item, at), source: at.source, start: at.start },
    ])
    return mapNode(new Map(entries), at)
  }
  if (typeof value === 'number') {
    return {
      kind: 'scalar',
      value,
      text: String(value),
      source: at.source,
      start: at.start,
      ...(Number.isInteger(value) ? {} : { float: true }),
    }
  }
  return scalarNode(typeof value === 'string' || typeof value === 'boolean' ? value : null, at)
}

/** The items of a list, lists in it replaced by theirs: what `!reference` and aliases leave behind in a list. */
export function flatItems(node: CiNode): readonly CiNode[] {
  if (node.kind !== 'list') return [node]
  return node.items.some((item) => item.kind === 'list') ? node.items.flatMap(flatItems) : node.items
}

/** The same value written at another place. */
export function moveTo(node: CiNode, at: Position): CiNode {
  return { ...node, source: at.source, start: at.start }
}

/** Whether two nodes hold the same data. */
export function sameData(a: CiNode, b: CiNode): boolean {
  if (a.kind === 'scalar' && b.kind === 'scalar') return a.value === b.value
  return a === b || JSON.stringify(toPlain(a)) === JSON.stringify(toPlain(b))
}

/** Plain data, as JSON would have it. The caller bounds the size (see tree-size.ts). */
export function toPlain(node: CiNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'list':
      return node.items.map(toPlain)
    case 'map':
      return Object.fromEntries([...node.entries.values()].map((entry) => [entry.key, toPlain(entry.value)]))
    case 'reference':
      return [...node.path]
  }
}
