import type { CiNode } from './node.ts'
import { errorAt } from './problems.ts'
import type { Position, Source } from './source.ts'
import type { CiError } from './types.ts'

/** Where the quick reader stands. Offsets are into the text; `end` is the line break or the end of the text. */
export interface QuickState {
  readonly source: Source
  readonly text: string
  readonly anchors: Map<string, CiNode | 'open'>
  /** The first character of the current line that is not a space. */
  at: number
  /** Its column; or that of a nested collection that begins on the same line. */
  indent: number
  end: number
  /** No line is left. */
  done: boolean
  /** The text has something this reader does not know: its result is void. */
  unsure: boolean
  /** An error that no other reading of the text could avoid. */
  problem: CiError | null
  /** Entries copied by merge keys. */
  merged: number
}

export const SPACE = 32
export const NEWLINE = 10
export const HASH = 35
export const COLON = 58
export const DASH = 45

export function giveUp(state: QuickState): null {
  state.unsure = true
  state.done = true
  return null
}

/** Ends the reading with an error that is certain. */
export function refuseText(state: QuickState, start: number, message: string): null {
  state.problem ??= errorAt(position(state, start), message)
  return giveUp(state)
}

export function position(state: QuickState, start: number): Position {
  return { source: state.source, start }
}

/** Moves to the next line that holds something, from the line break at `state.end`. */
export function nextLine(state: QuickState): void {
  const { text } = state
  let start = state.end + 1
  while (start < text.length) {
    let at = start
    while (text.charCodeAt(at) === SPACE) at += 1
    const code = text.charCodeAt(at)
    const lineBreak = text.indexOf('\n', at)
    const end = lineBreak === -1 ? text.length : lineBreak
    if (at < end && code !== HASH) {
      state.at = at
      state.indent = at - start
      state.end = end
      if (state.indent === 0 && isDocumentMark(text, at)) giveUp(state)
      return
    }
    start = end + 1
  }
  state.done = true
  state.end = text.length
  state.indent = -1
}

function isDocumentMark(text: string, at: number): boolean {
  return text.startsWith('---', at) || text.startsWith('...', at)
}

/** Whether the character at `at` ends a word: a space, the end of the line, or the end of the text. */
export function isGap(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === SPACE || code === NEWLINE || Number.isNaN(code)
}

export function skipSpaces(text: string, at: number, end: number): number {
  let next = at
  while (next < end && text.charCodeAt(next) === SPACE) next += 1
  return next
}

/** Whether nothing but spaces and a comment is left on the line. A comment needs a space before it. */
export function onlyCommentLeft(text: string, at: number, end: number): boolean {
  const next = skipSpaces(text, at, end)
  return next >= end || (text.charCodeAt(next) === HASH && next > at)
}
