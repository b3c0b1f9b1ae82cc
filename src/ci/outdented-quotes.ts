import { type Document, parseAllDocuments } from 'yaml'
import type { ParseBudget } from './parse.ts'

/** What the library made of a text in which lines may have been moved to the right. */
export interface LenientDocuments {
  readonly documents: readonly Document.Parsed[]
  /** Where in the text that was given a place of the library's text is. */
  readonly original: (offset: number) => number
}

interface Indent {
  /** In the text that was given. */
  readonly at: number
  readonly length: number
}

/** Lines that are moved before the mistake counts as one. */
const attempts = 20

/**
 * Parses YAML as GitLab's parser does where a string in quotes goes on on a line that is indented too little: such a line is part
 * of the string. The library refuses it, so the line is moved to the right, which the value does not show.
 */
export function parseLeniently(text: string, budget: ParseBudget): LenientDocuments {
  const indents: Indent[] = []
  const original = (offset: number): number => toOriginal(indents, offset)
  const first = parse(text)
  let tried = text
  let documents = first
  for (let n = 0; n < attempts; n += 1) {
    const end = brokenQuote(documents)
    if (end === null) return { documents, original }
    const next = tried.indexOf('\n', end) + 1
    budget.left -= tried.length
    if (next === 0 || next >= tried.length || budget.left < 0) break
    const line = tried.slice(tried.lastIndexOf('\n', end - 1) + 1, end)
    const indent = ' '.repeat((/^[ \-?]*/.exec(line)?.[0].length ?? 0) + 1)
    indents.push({ at: original(next), length: indent.length })
    tried = tried.slice(0, next) + indent + tried.slice(next)
    documents = parse(tried)
  }
  return { documents: first, original: (offset) => offset }
}

function parse(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    schema: 'failsafe',
    merge: false,
    uniqueKeys: false,
    strict: false,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: false,
  })
  return Array.isArray(documents) ? documents : []
}

/** Where the string ends, for the library, whose closing quote is the first thing that is missing; null when that is not so. */
function brokenQuote(documents: readonly Document.Parsed[]): number | null {
  const error = documents.find((document) => document.errors.length > 0)?.errors[0]
  return error?.code === 'MISSING_CHAR' && /^Missing closing ['"]quote/.test(error.message) ? error.pos[0] : null
}

/** The indents come in the order of the text. */
function toOriginal(indents: readonly Indent[], offset: number): number {
  let added = 0
  for (const { at, length } of indents) {
    if (offset < at + added) break
    if (offset < at + added + length) return at
    added += length
  }
  return offset - added
}
