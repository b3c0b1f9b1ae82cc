import { err, ok, type Result } from '../domain/result.ts'
import { LIMITS } from './limits.ts'
import { applyMergeKey } from './merge-key.ts'
import { type CiNode, listNode, type MapEntry, mapNode, scalarNode } from './node.ts'
import { readFlow, readReference } from './quick-yaml-flow.ts'
import { readBlockScalar, readPlain, readQuoted, readQuotedValue, startsPlain } from './quick-yaml-scalar.ts'
import {
  COLON,
  DASH,
  giveUp,
  HASH,
  isGap,
  nextLine,
  onlyCommentLeft,
  position,
  type QuickState,
  refuseText,
  SPACE,
  skipSpaces,
} from './quick-yaml-text.ts'
import type { Source } from './source.ts'
import type { CiError } from './types.ts'

/**
 * Reads the kind of YAML most configurations are written in (block maps and lists, one-line scalars and flow collections, block
 * scalars, anchors, aliases, merge keys) about ten times as fast as a complete parser. It never guesses: whatever it does not
 * know, and everything that could be an error, makes it answer null, and the complete parser decides. What it answers is what
 * the complete parser would (test/ci/quick-yaml.test.ts compares them).
 */
export function readQuickYaml(source: Source): Result<CiNode, CiError> | null {
  const { text } = source
  // Tabs, other control characters and unusual line breaks have rules of their own.
  if (/[^\P{Cc}\n]|[\u2028\u2029\ufeff]/u.test(text)) return null
  const state: QuickState = {
    source,
    text,
    anchors: new Map(),
    at: 0,
    indent: 0,
    end: (/^(?: *(?:#[^\n]*)?\n)*--- *\n/.exec(text)?.[0].length ?? 0) - 1,
    done: false,
    unsure: false,
    problem: null,
    merged: 0,
  }
  nextLine(state)
  if (state.done || state.indent !== 0) return null
  const root = readBlock(state, 0)
  if (state.problem !== null) return err(state.problem)
  return state.unsure || !state.done || root === null ? null : ok(root)
}

/** A map or a list that begins on the current line. */
function readBlock(state: QuickState, depth: number): CiNode | null {
  if (depth > LIMITS.depth) return giveUp(state)
  return isItem(state) ? readList(state, depth) : readMap(state, depth)
}

function isItem(state: QuickState): boolean {
  return state.text.charCodeAt(state.at) === DASH && isGap(state.text, state.at + 1)
}

function readList(state: QuickState, depth: number): CiNode | null {
  const { indent, at: start, text } = state
  const items: CiNode[] = []
  while (!state.done && state.indent === indent && isItem(state)) {
    const content = skipSpaces(text, state.at + 1, state.end)
    const item = readItem(state, content, start, indent, depth)
    if (item === null) return null
    items.push(item)
  }
  return state.indent > indent ? giveUp(state) : listNode(items, position(state, start))
}

function readItem(state: QuickState, content: number, list: number, indent: number, depth: number): CiNode | null {
  const { text, end } = state
  if (content >= end || text.charCodeAt(content) === HASH) return readBelow(state, indent, list, depth, false)
  const nested = text.charCodeAt(content) === DASH && isGap(text, content + 1)
  if (!nested && findKey(state, content) === null) return state.unsure ? null : readValue(state, content, indent, depth)
  state.indent += content - state.at
  state.at = content
  return readBlock(state, depth + 1)
}

function readMap(state: QuickState, depth: number): CiNode | null {
  const { indent, at: start } = state
  const entries = new Map<string, MapEntry>()
  while (!state.done && state.indent === indent) {
    const keyStart = state.at
    const key = findKey(state, keyStart)
    if (key === null) return giveUp(state)
    const from = skipSpaces(state.text, key.end, state.end)
    const empty = from >= state.end || state.text.charCodeAt(from) === HASH
    const value = empty
      ? readBelow(state, indent, keyStart, depth, true)
      : readValue(state, from, indent, depth, keyStart)
    if (value === null) return null
    if (key.name === '<<' && applyMergeKey(entries, value)) {
      state.merged += entries.size
      if (state.merged > LIMITS.mergedEntries) return refuseText(state, keyStart, 'The parsed YAML is too big')
      continue
    }
    entries.set(key.name, { key: key.name, value, source: state.source, start: keyStart })
  }
  return state.indent > indent ? giveUp(state) : mapNode(entries, position(state, start))
}

/** What is written below a key or a dash: a block that is indented more, a list under a key at the key's own column, or null. */
function readBelow(state: QuickState, indent: number, owner: number, depth: number, underKey: boolean): CiNode | null {
  nextLine(state)
  if (state.unsure) return null
  if (!state.done && (state.indent > indent || (underKey && state.indent === indent && isItem(state)))) {
    return readBlock(state, depth + 1)
  }
  return scalarNode(null, position(state, owner))
}

/** A value that begins on the line of its key or dash. */
function readValue(
  state: QuickState,
  from: number,
  indent: number,
  depth: number,
  key: number | null = null,
): CiNode | null {
  const first = state.text[from]
  if (first === '&') return readAnchored(state, from, indent, depth, key)
  const value = readInline(state, from, indent)
  if (value === null) return null
  nextLine(state)
  // Text further in would continue the scalar.
  return !state.done && state.indent > indent ? giveUp(state) : value
}

function readInline(state: QuickState, from: number, indent: number): CiNode | null {
  const first = state.text[from] ?? ''
  if (first === '"' || first === "'") return readQuotedValue(state, from)
  if (first === '|' || first === '>') return readBlockScalar(state, from, indent)
  if (first === '[' || first === '{') return readFlow(state, from)
  if (first === '*') return readAlias(state, from)
  return first === '!' ? readReference(state, from) : readPlain(state, from)
}

const NAME = /[\w-]+/y

function nameAt(text: string, at: number): string {
  NAME.lastIndex = at
  return NAME.exec(text)?.[0] ?? ''
}

function readAlias(state: QuickState, from: number): CiNode | null {
  const name = nameAt(state.text, from + 1)
  if (name === '' || !onlyCommentLeft(state.text, from + 1 + name.length, state.end)) return giveUp(state)
  const target = state.anchors.get(name)
  return target === undefined || target === 'open' ? giveUp(state) : target
}

function readAnchored(
  state: QuickState,
  from: number,
  indent: number,
  depth: number,
  key: number | null,
): CiNode | null {
  const { text } = state
  const name = nameAt(text, from + 1)
  const after = from + 1 + name.length
  if (name === '' || !isGap(text, after)) return giveUp(state)
  state.anchors.set(name, 'open')
  const content = skipSpaces(text, after, state.end)
  const below = content >= state.end || text.charCodeAt(content) === HASH
  const first = text[content]
  // Two properties on one value, or an anchor on the first key of a map, are left to the complete parser.
  if (
    !below &&
    (first === '&' || first === '*' || first === '!' || (key === null && findKey(state, content) !== null))
  ) {
    return giveUp(state)
  }
  if (below && key === null) return giveUp(state)
  const value = below
    ? readBelow(state, indent, key ?? from, depth, true)
    : readValue(state, content, indent, depth, key)
  if (value === null) return null
  if (below && value.kind === 'scalar') return giveUp(state)
  state.anchors.set(name, value)
  return value
}

interface FoundKey {
  readonly name: string
  /** Behind the colon. */
  readonly end: number
}

/** A key and its colon at `from`, or null when what is there is no key. */
function findKey(state: QuickState, from: number): FoundKey | null {
  const { text, end } = state
  const first = text[from]
  if (first === '"' || first === "'") {
    const quoted = readQuoted(state, from)
    if (quoted === null || text[quoted.end] !== ':' || !isGap(text, quoted.end + 1)) return null
    return { name: quoted.value, end: quoted.end + 1 }
  }
  if (!startsPlain(text, from)) return null
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at)
    if (code === COLON && isGap(text, at + 1)) {
      // YAML wants a key to be short.
      if (at === from || at > from + 1_000 || text.charCodeAt(at - 1) === SPACE) return giveUp(state)
      return { name: text.slice(from, at), end: at + 1 }
    }
    if (code === HASH && text.charCodeAt(at - 1) === SPACE) return null
  }
  return null
}
