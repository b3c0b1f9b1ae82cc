import { LIMITS } from './limits.ts'
import { compileSource } from './regexp.ts'

/** Tells whether a path matches a list of globs. */
export type PathTest = (path: string) => boolean

/**
 * Makes a test for globs in the sense of Ruby's `fnmatch` with PATHNAME, DOTMATCH and EXTGLOB, which is what GitLab uses
 * (reference A8.3): `*` and `?` do not cross `/`, two stars and a slash stand for any directories, `{a,b}` for alternatives, `[a-z]` for a
 * class, `\` escapes; hidden files match; case counts. Null when the alternatives are too many to be tried.
 */
export function compileGlobs(globs: readonly string[]): PathTest | null {
  const exact = new Set<string>()
  const sources: string[] = []
  for (const glob of globs) {
    const alternatives = expandBraces(glob)
    if (alternatives === null) return null
    for (const alternative of alternatives) {
      if (/[*?[\\]/.test(alternative)) sources.push(globSource(alternative) ?? '')
      else exact.add(alternative)
    }
  }
  const possible = sources.filter((source) => source !== '')
  if (possible.length === 0) return (path) => exact.has(path)
  // RE2 matches in linear time, so a glob with many stars cannot stall the server.
  const regexp = compileSource(`(?s)\\A(?:${possible.join('|')})\\z`)
  return (path) => exact.has(path) || (regexp?.matcher(path).find() ?? false)
}

/** The patterns a glob with braces stands for, in order. Null when there are too many. */
export function expandBraces(glob: string): readonly string[] | null {
  const done: string[] = []
  const open = [glob]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (done.length + open.length > LIMITS.globAlternatives) return null
    const group = firstGroup(next)
    if (group === null) done.push(next)
    else {
      const { before, alternatives, after } = group
      for (const alternative of alternatives.toReversed()) open.push(before + alternative + after)
    }
  }
  return done
}

function firstGroup(
  glob: string,
): { readonly before: string; readonly alternatives: readonly string[]; readonly after: string } | null {
  const commas: number[] = []
  let start = -1
  let depth = 0
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at]
    if (character === '\\') at += 1
    else if (character === '{') {
      if (depth === 0) start = at
      depth += 1
    } else if (character === ',' && depth === 1) commas.push(at)
    else if (character === '}' && depth > 0) {
      depth -= 1
      if (depth === 0) {
        const edges = [start, ...commas, at]
        const alternatives = edges.slice(0, -1).map((edge, index) => glob.slice(edge + 1, edges[index + 1]))
        return { before: glob.slice(0, start), alternatives, after: glob.slice(at + 1) }
      }
    }
  }
  return null
}

/** One pattern without braces as RE2; null when it can match nothing (an open bracket). */
function globSource(glob: string): string | null {
  let source = ''
  let at = 0
  let segmentStart = true
  while (at < glob.length) {
    const rest = glob.slice(at, at + 3)
    const character = glob[at] ?? ''
    if (segmentStart && rest === '**/') {
      source += '(?:[^/]+/)*'
      at += 3
      continue
    }
    segmentStart = character === '/'
    if (character === '*') {
      source += '[^/]*'
      while (glob[at] === '*') at += 1
    } else if (character === '?') {
      source += '[^/]'
      at += 1
    } else if (character === '[') {
      const bracket = bracketSource(glob, at + 1)
      if (bracket === null) return null
      source += bracket.source
      at = bracket.end
    } else {
      if (character === '\\' && at + 1 < glob.length) at += 1
      const literal = String.fromCodePoint(glob.codePointAt(at) ?? 0)
      source += escape(literal)
      at += literal.length
    }
  }
  return source
}

function bracketSource(glob: string, from: number): { readonly source: string; readonly end: number } | null {
  let at = from
  const negated = glob[at] === '!' || glob[at] === '^'
  if (negated) at += 1
  let ranges = ''
  for (let first = true; first || glob[at] !== ']'; first = false) {
    const low = bracketCharacter(glob, at)
    if (low === null) return null
    at = low.end
    let high = low
    if (glob[at] === '-' && glob[at + 1] !== ']' && glob[at + 1] !== undefined) {
      const end = bracketCharacter(glob, at + 1)
      if (end === null) return null
      high = end
      at = end.end
    }
    ranges += rangeWithoutSlash(low.code, high.code)
  }
  const end = at + 1
  if (negated) return { source: `[^/${ranges}]`, end }
  // A class of nothing matches nothing.
  return { source: ranges === '' ? '[^\\x{0}-\\x{10FFFF}]' : `[${ranges}]`, end }
}

function bracketCharacter(glob: string, at: number): { readonly code: number; readonly end: number } | null {
  const escaped = glob[at] === '\\' && at + 1 < glob.length ? at + 1 : at
  const code = glob.codePointAt(escaped)
  return code === undefined ? null : { code, end: escaped + (code > 0xffff ? 2 : 1) }
}

const SLASH = 0x2f

/** Classes never match `/`, even when a range covers it. */
function rangeWithoutSlash(low: number, high: number): string {
  if (low > high) return ''
  if (low > SLASH || high < SLASH) return `${code(low)}-${code(high)}`
  const before = low < SLASH ? `${code(low)}-${code(SLASH - 1)}` : ''
  const after = high > SLASH ? `${code(SLASH + 1)}-${code(high)}` : ''
  return before + after
}

function code(point: number): string {
  return `\\x{${point.toString(16)}}`
}

function escape(text: string): string {
  return /[A-Za-z0-9_/]/.test(text) ? text : text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
