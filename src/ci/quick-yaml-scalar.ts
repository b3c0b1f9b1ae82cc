import { type CiNode, scalarNode } from './node.ts'
import { giveUp, HASH, isGap, onlyCommentLeft, position, type QuickState, SPACE } from './quick-yaml-text.ts'
import { resolvePlainScalar } from './scalar.ts'

/** Characters that mean something at the start of a plain scalar; `-`, `?` and `:` do so only before a space. */
const INDICATORS = codesOf(',[]{}#&*!|>\'"%@`')
const CONDITIONAL = codesOf('-?:')

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)))
}

export function startsPlain(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return CONDITIONAL.has(code) ? !isGap(text, at + 1) : !INDICATORS.has(code)
}

/** A plain scalar that ends with the line or before a comment. */
export function readPlain(state: QuickState, from: number): CiNode | null {
  const { text, end } = state
  if (!startsPlain(text, from)) return giveUp(state)
  let stop = end
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at)
    if (code === HASH && text.charCodeAt(at - 1) === SPACE && at > from) {
      stop = at
      break
    }
    if (code === 58 && isGap(text, at + 1)) return giveUp(state)
  }
  while (text.charCodeAt(stop - 1) === SPACE) stop -= 1
  return { kind: 'scalar', ...resolvePlainScalar(text.slice(from, stop)), ...position(state, from) }
}

/** A quoted text on one line, and where it ends. */
export function readQuoted(state: QuickState, from: number): { readonly value: string; readonly end: number } | null {
  const { text } = state
  const quote = text[from]
  let at = from + 1
  let escaped = false
  for (; at < state.end; at += 1) {
    const character = text[at]
    if (character === '\\' && quote === '"') {
      escaped = true
      at += 1
    } else if (character === quote) {
      if (quote === "'" && text[at + 1] === "'") {
        escaped = true
        at += 1
      } else break
    }
  }
  if (at >= state.end) return giveUp(state)
  const inner = text.slice(from + 1, at)
  if (!escaped) return { value: inner, end: at + 1 }
  if (quote === "'") return { value: inner.replaceAll("''", "'"), end: at + 1 }
  if (/\\[^"\\/nt]/.test(inner.replaceAll('\\\\', ''))) return giveUp(state)
  return { value: inner.replace(/\\(.)/g, (_, escape: string) => ESCAPES[escape] ?? escape), end: at + 1 }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' }

export function readQuotedValue(state: QuickState, from: number): CiNode | null {
  const quoted = readQuoted(state, from)
  if (quoted === null) return null
  if (!onlyCommentLeft(state.text, quoted.end, state.end)) return giveUp(state)
  return scalarNode(quoted.value, position(state, from))
}

/**
 * A literal (`|`) or folded (`>`) block. Leaves `state.end` at the line break before the first line that does not belong to it.
 * @param parentIndent the column of the collection it is in
 */
export function readBlockScalar(state: QuickState, from: number, parentIndent: number): CiNode | null {
  const { text } = state
  const folded = text[from] === '>'
  const mark = text[from + 1]
  const chomp = mark === '-' || mark === '+' ? mark : ''
  if (!onlyCommentLeft(text, from + 1 + chomp.length, state.end)) return giveUp(state)
  const lines = readLines(state, parentIndent)
  if (lines === null) return null
  const value = joinLines(lines, folded, chomp)
  return scalarNode(value, position(state, from))
}

function readLines(state: QuickState, parentIndent: number): readonly string[] | null {
  const { text } = state
  const lines: string[] = []
  let indent = -1
  let widestBlank = 0
  let start = state.end + 1
  for (; start < text.length; ) {
    const lineBreak = text.indexOf('\n', start)
    if (lineBreak === -1) return giveUp(state)
    let at = start
    while (text.charCodeAt(at) === SPACE) at += 1
    const width = at - start
    if (at === lineBreak) {
      if (indent === -1) widestBlank = Math.max(widestBlank, width)
      lines.push(indent !== -1 && width > indent ? text.slice(start + indent, lineBreak) : '')
    } else {
      if (indent === -1) {
        if (width <= parentIndent) break
        if (widestBlank > width || text[at] === '\t') return giveUp(state)
        indent = width
      }
      if (width < indent) {
        if (text[at] === '\t') return giveUp(state)
        break
      }
      lines.push(text.slice(start + indent, lineBreak))
    }
    start = lineBreak + 1
  }
  state.end = start - 1
  return indent === -1 ? giveUp(state) : lines
}

/** Joins the lines of a block as YAML folds and chomps them. */
function joinLines(lines: readonly string[], folded: boolean, chomp: string): string {
  let last = lines.length
  while (last > 0 && lines[last - 1] === '') last -= 1
  const body = lines.slice(0, last)
  const tail = chomp === '-' ? '' : chomp === '+' ? '\n'.repeat(lines.length - last + 1) : '\n'
  return (folded ? fold(body) : body.join('\n')) + tail
}

/** Lines become one with spaces between them; empty lines are breaks; breaks next to an indented line stay. */
function fold(lines: readonly string[]): string {
  let result = ''
  let breaks = 0
  let previousIndented = false
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      breaks += 1
      continue
    }
    const indented = line.startsWith(' ') || line.startsWith('\t')
    const kept = indented || previousIndented
    const isFirst = result === '' && index === breaks
    if (isFirst) result += '\n'.repeat(breaks)
    else if (kept) result += '\n'.repeat(breaks + 1)
    else result += breaks === 0 ? ' ' : '\n'.repeat(breaks)
    result += line
    breaks = 0
    previousIndented = indented
  }
  return result
}
