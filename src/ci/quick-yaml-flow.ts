import { LIMITS } from './limits.ts'
import { applyMergeKey } from './merge-key.ts'
import { type CiNode, listNode, type MapEntry, mapNode, scalarNode } from './node.ts'
import { readQuoted, startsPlain } from './quick-yaml-scalar.ts'
import {
  giveUp,
  HASH,
  isGap,
  NEWLINE,
  onlyCommentLeft,
  position,
  type QuickState,
  refuseText,
  SPACE,
} from './quick-yaml-text.ts'
import { resolvePlainScalar } from './scalar.ts'

/**
 * A flow collection with nothing behind it; it may go on over lines of any indent, as GitLab's parser allows (the complete
 * parser does not). Leaves `state.end` at the end of the line on which it closes.
 */
export function readFlow(state: QuickState, from: number): CiNode | null {
  const flow = readFlowNode(state, from, 0)
  if (flow === null) return null
  return onlyCommentLeft(state.text, flow.end, state.end) ? flow.node : giveUp(state)
}

/** `!reference [a, b]` on one line. */
export function readReference(state: QuickState, from: number): CiNode | null {
  const reference = readFlowReference(state, from, 0)
  if (reference === null) return null
  return onlyCommentLeft(state.text, reference.end, state.end) ? reference.node : giveUp(state)
}

function readFlowReference(state: QuickState, from: number, depth: number): FlowPart<CiNode> | null {
  if (!state.text.startsWith('!reference [', from)) return giveUp(state)
  const list = readFlowList(state, from + '!reference '.length, depth)
  if (list === null) return null
  if (list.node.kind !== 'list' || list.node.items.length === 0) return giveUp(state)
  const path = list.node.items.map((item) => (item.kind === 'scalar' && item.value !== null ? item.text : null))
  if (path.includes(null)) return giveUp(state)
  const { source, start } = list.node
  return { node: { kind: 'reference', path: path.map(String), source, start }, end: list.end }
}

interface FlowPart<T> {
  readonly node: T
  readonly end: number
}

function readFlowNode(state: QuickState, from: number, depth: number): FlowPart<CiNode> | null {
  const { text } = state
  if (depth > 20) return giveUp(state)
  const first = text[from]
  if (first === '[') return readFlowList(state, from, depth)
  if (first === '{') return readFlowMap(state, from, depth)
  if (first === '"' || first === "'") {
    const quoted = readQuoted(state, from)
    return quoted === null ? null : { node: scalarNode(quoted.value, position(state, from)), end: quoted.end }
  }
  if (first === '*') return readFlowAlias(state, from)
  if (first === '!') return readFlowReference(state, from, depth + 1)
  return readFlowPlain(state, from)
}

/** Past spaces, line breaks and comments inside a flow collection. `state.end` moves along. */
function skipGap(state: QuickState, from: number): number {
  const { text } = state
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === SPACE) at += 1
    else if (code === NEWLINE) {
      at += 1
      if (text.startsWith('---', at) || text.startsWith('...', at)) return text.length
    } else if (code === HASH && isGap(text, at - 1)) {
      const next = text.indexOf('\n', at)
      at = next === -1 ? text.length : next
    } else break
  }
  if (at > state.end) {
    const next = text.indexOf('\n', at)
    state.end = next === -1 ? text.length : next
  }
  return at
}

/** Past the gap, to `,` or the closing bracket; null for anything else. */
function separator(
  state: QuickState,
  at: number,
  close: string,
): { readonly next: number; readonly closed: boolean } | null {
  const next = skipGap(state, at)
  if (state.text[next] === close) return { next: next + 1, closed: true }
  if (state.text[next] !== ',') return giveUp(state)
  const after = skipGap(state, next + 1)
  if (state.text[after] === close) return { next: after + 1, closed: true }
  return { next: after, closed: false }
}

function readFlowList(state: QuickState, from: number, depth: number): FlowPart<CiNode> | null {
  const items: CiNode[] = []
  let at = skipGap(state, from + 1)
  if (state.text[at] === ']') return { node: listNode(items, position(state, from)), end: at + 1 }
  for (;;) {
    const item = readFlowNode(state, at, depth + 1)
    if (item === null) return null
    items.push(item.node)
    const next = separator(state, item.end, ']')
    if (next === null) return null
    at = next.next
    if (next.closed) return { node: listNode(items, position(state, from)), end: at }
  }
}

function readFlowMap(state: QuickState, from: number, depth: number): FlowPart<CiNode> | null {
  const entries = new Map<string, MapEntry>()
  let at = skipGap(state, from + 1)
  if (state.text[at] === '}') return { node: mapNode(entries, position(state, from)), end: at + 1 }
  for (;;) {
    const key = readFlowKey(state, at)
    const value = key === null ? null : readFlowNode(state, key.end, depth + 1)
    if (key === null || value === null) return null
    if (key.node === '<<' && applyMergeKey(entries, value.node)) {
      state.merged += entries.size
      if (state.merged > LIMITS.mergedEntries) return refuseText(state, at, 'The parsed YAML is too big')
    } else {
      entries.set(key.node, { key: key.node, value: value.node, source: state.source, start: at })
    }
    const next = separator(state, value.end, '}')
    if (next === null) return null
    at = next.next
    if (next.closed) return { node: mapNode(entries, position(state, from)), end: at }
  }
}

function readFlowKey(state: QuickState, from: number): FlowPart<string> | null {
  const { text } = state
  const quoted = text[from] === '"' || text[from] === "'"
  const key = quoted ? readQuoted(state, from) : plainKey(state, from)
  if (key === null) return null
  if (text[key.end] !== ':' || !isGap(text, key.end + 1)) return giveUp(state)
  const value = skipGap(state, key.end + 1)
  return value >= state.end || text[value] === ',' || text[value] === '}'
    ? giveUp(state)
    : { node: key.value, end: value }
}

function plainKey(state: QuickState, from: number): { readonly value: string; readonly end: number } | null {
  const match = /[\w.$<][\w.$<\-/]*/y
  match.lastIndex = from
  const [value] = match.exec(state.text) ?? []
  return value === undefined ? giveUp(state) : { value, end: from + value.length }
}

function readFlowAlias(state: QuickState, from: number): FlowPart<CiNode> | null {
  const match = /\*([\w-]+)/y
  match.lastIndex = from
  const [written = '', name = ''] = match.exec(state.text) ?? []
  const target = state.anchors.get(name)
  if (target === undefined || target === 'open') return giveUp(state)
  return { node: target, end: from + written.length }
}

function readFlowPlain(state: QuickState, from: number): FlowPart<CiNode> | null {
  const { text } = state
  if (!startsPlain(text, from) || text[from] === '-' || text[from] === '?' || text[from] === ':') return giveUp(state)
  const match = /[^,[\]{}#:\n"'&*!|>%@`]+/y
  match.lastIndex = from
  const [written = ''] = match.exec(text) ?? []
  const end = from + written.length
  const plain = written.trimEnd()
  // A plain scalar that goes on on the next line is left to the complete parser.
  const next = text[end] === '\n' ? text[skipGap(state, end)] : text[end]
  if (plain === '' || (next !== ',' && next !== ']' && next !== '}')) return giveUp(state)
  return { node: { kind: 'scalar', ...resolvePlainScalar(plain), ...position(state, from) }, end }
}
