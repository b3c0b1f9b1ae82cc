import { isAlias, isMap, isPair, isScalar, isSeq, Scalar, type Node as YamlNode } from 'yaml'
import { err, ok, type Result } from '../domain/result.ts'
import { LIMITS } from './limits.ts'
import { applyMergeKey } from './merge-key.ts'
import { type CiNode, isNull, listNode, type MapEntry, mapNode, scalarNode } from './node.ts'
import { parseLeniently } from './outdented-quotes.ts'
import { errorAt, errorIn } from './problems.ts'
import { readQuickYaml } from './quick-yaml.ts'
import { resolvePlainScalar } from './scalar.ts'
import type { Source } from './source.ts'
import type { CiError } from './types.ts'

/**
 * Reads the YAML of one file into nodes, one per document. Plain scalars mean what GitLab's parser makes of them (scalar.ts);
 * `<<` is merged; an alias is the very node of its anchor; a key that comes twice has its first place and its last value, as
 * in GitLab. Aliases inside their own anchor, more than two documents, and files that are too big, too deep or grow too much
 * by aliases are errors. Never throws.
 */
export function parseYaml(
  source: Source,
  budget: ParseBudget = { left: LIMITS.completeParse },
): Result<readonly CiNode[], CiError> {
  if (source.text.length > LIMITS.fileLength) return err(errorIn(source.name, 'The provided YAML is too big'))
  const quick = readQuickYaml(source)
  if (quick !== null) return quick.ok ? ok([quick.value]) : quick
  budget.left -= source.text.length
  return budget.left < 0 ? err(errorIn(source.name, 'The provided YAML is too big')) : parseFully(source, budget)
}

/** Characters that the complete parser may still read. */
export interface ParseBudget {
  left: number
}

/** The complete parser: every kind of YAML, and all error messages. */
export function parseFully(
  source: Source,
  budget: ParseBudget = { left: LIMITS.completeParse },
): Result<readonly CiNode[], CiError> {
  try {
    return parseDocuments(source, budget)
  } catch (problem) {
    // The library recurses: nesting that exhausts the stack is the author's mistake and not ours.
    if (problem instanceof RangeError) return err(errorIn(source.name, 'The parsed YAML is too deep'))
    throw problem
  }
}

interface Building {
  readonly source: Source
  /** Where in the source a place of the library's text is. */
  readonly original: (offset: number) => number
  readonly anchors: Map<string, CiNode | 'open'>
  /** Entries copied by merge keys. */
  merged: number
  /** The first thing that is wrong; what is built after it does not matter. */
  problem: CiError | null
}

function fail(at: Building, start: number, message: string): CiNode {
  const position = { source: at.source, start }
  at.problem ??= errorAt(position, message)
  return scalarNode(null, position)
}

const TOO_MANY_DOCUMENTS = 'Only two YAML documents are allowed: a header and the content'

function parseDocuments(source: Source, budget: ParseBudget): Result<readonly CiNode[], CiError> {
  // Marks of documents that are empty are allowed; hundreds of them are not worth reading.
  if ((source.text.match(/^---/gm)?.length ?? 0) > 100) return err(errorIn(source.name, TOO_MANY_DOCUMENTS))
  const { documents, original } = parseLeniently(source.text, budget)
  const nodes: CiNode[] = []
  for (const document of documents) {
    const first = document.errors[0]
    if (first?.code === 'RESOURCE_EXHAUSTION') return err(errorIn(source.name, 'The parsed YAML is too deep'))
    if (first !== undefined) return err(errorAt({ source, start: original(first.pos[0]) }, first.message))
    const at: Building = { source, original, anchors: new Map(), merged: 0, problem: null }
    nodes.push(build(at, document.contents, 0, 0))
    if (at.problem !== null) return err(at.problem)
  }
  if (nodes.filter((node) => !isNull(node)).length > LIMITS.documents) {
    return err(errorIn(source.name, TOO_MANY_DOCUMENTS))
  }
  return ok(nodes)
}

function build(at: Building, node: YamlNode | null, depth: number, fallback: number): CiNode {
  // What is not written stands where its key does.
  const written = isScalar(node) && node.type === Scalar.PLAIN && node.source === '' ? null : startOf(at, node)
  const position = { source: at.source, start: written ?? fallback }
  if (at.problem !== null) return scalarNode(null, position)
  if (depth > LIMITS.depth) return fail(at, position.start, 'The parsed YAML is too deep')
  if (node === null) return scalarNode(null, position)
  if (isAlias(node)) return resolveAlias(at, node.source, position.start)
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return fail(at, position.start, 'Unexpected YAML node')
  if (node.anchor !== undefined) at.anchors.set(node.anchor, 'open')
  const built = buildContent(at, node, depth, position)
  if (node.anchor !== undefined) at.anchors.set(node.anchor, built)
  return built
}

/** Where a node is written; undefined when it is not. */
function startOf(at: Building, node: YamlNode | null): number | undefined {
  const start = node?.range?.[0]
  return start === undefined ? undefined : at.original(start)
}

function buildContent(
  at: Building,
  node: YamlNode,
  depth: number,
  position: { readonly source: Source; readonly start: number },
): CiNode {
  if (isScalar(node)) return buildScalar(at, node, position)
  if (isSeq(node)) {
    const items = node.items.map((item) => build(at, asNode(item), depth + 1, position.start))
    if (node.tag !== '!reference') return listNode(items, position)
    const path = items.map((item) => (item.kind === 'scalar' ? item.text : null))
    if (path.length === 0 || path.includes(null)) {
      return fail(at, position.start, `!reference ${JSON.stringify(path)} is not valid`)
    }
    return { kind: 'reference', path: path.map(String), ...position }
  }
  if (!isMap(node)) return fail(at, position.start, 'Unexpected YAML node')
  if (node.tag === '!reference') return fail(at, position.start, '!reference {} is not valid')
  const entries = new Map<string, MapEntry>()
  for (const pair of node.items) {
    if (!isPair(pair)) return fail(at, position.start, 'Unexpected YAML node')
    const keyNode = asNode(pair.key)
    const keyStart = startOf(at, keyNode) ?? position.start
    const key = build(at, keyNode, depth + 1, keyStart)
    if (key.kind !== 'scalar') return fail(at, key.start, 'A key must be a string')
    const value = build(at, asNode(pair.value), depth + 1, keyStart)
    const name = keyText(keyNode, key.text)
    if (name === '<<' && applyMergeKey(entries, value)) {
      at.merged += entries.size
      if (at.merged > LIMITS.mergedEntries) return fail(at, key.start, 'The parsed YAML is too big')
      continue
    }
    entries.set(name, { key: name, value, source: at.source, start: keyStart })
  }
  return mapNode(entries, position)
}

/** Keys keep the text they were written with (`on`, `0123`), as nothing in the language has a key that is not text. */
function keyText(node: YamlNode | null, fallback: string): string {
  return isScalar(node) && typeof node.source === 'string' && node.type === Scalar.PLAIN ? node.source : fallback
}

function buildScalar(
  at: Building,
  node: Scalar,
  position: { readonly source: Source; readonly start: number },
): CiNode {
  const text = typeof node.value === 'string' ? withoutAddedBreak(at, node, node.value) : ''
  if (node.tag === '!reference') return fail(at, position.start, `!reference ${JSON.stringify(text)} is not valid`)
  const plain = node.type === Scalar.PLAIN && node.tag !== 'tag:yaml.org,2002:str' && node.tag !== '!'
  if (!plain) return scalarNode(text, position)
  return { kind: 'scalar', ...resolvePlainScalar(text), ...position }
}

/** A block that ends with the file and not with a line break has no line break; the library adds one. */
function withoutAddedBreak({ source, original }: Building, node: Scalar, value: string): string {
  const { text } = source
  const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED
  const atEnd = block && !text.endsWith('\n') && original(node.range?.[1] ?? 0) >= text.length
  return atEnd && value.endsWith('\n') ? value.slice(0, -1) : value
}

function resolveAlias(at: Building, name: string, start: number): CiNode {
  const target = at.anchors.get(name)
  if (target === undefined) return fail(at, start, `Unknown alias: ${name}`)
  if (target === 'open') return fail(at, start, `Circular alias: ${name}`)
  return target
}

function asNode(value: unknown): YamlNode | null {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : null
}
