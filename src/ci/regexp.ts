import { RE2JS } from 're2js'
import { LIMITS } from './limits.ts'

/** A pattern as written: `/body/flags`. */
const WRITTEN = /^\/(.*)\/([ismU]*)$/

/** Searches texts with RE2 patterns. One matcher serves one compilation. */
export interface Matcher {
  /**
   * Whether `text` holds a match of `pattern`. A pattern that is not written with slashes is not a regular expression: then the
   * text is looked for inside the pattern, as GitLab does (reference A8.2).
   */
  readonly matches: (text: string, pattern: string) => boolean
  /** Whether the matcher gave up because there was too much text to search; then its answers mean nothing. */
  readonly exhausted: () => boolean
}

/** Whether `/…/flags` is a pattern RE2 accepts. */
export function isPattern(written: string): boolean {
  return compilePattern(written) !== null
}

export function makeMatcher(): Matcher {
  const results = new Map<string, Map<string, boolean>>()
  let budget = LIMITS.searchedText
  const search = (text: string, pattern: string): boolean => {
    budget -= text.length + pattern.length
    if (budget < 0) return false
    const regexp = compilePattern(pattern)
    return regexp === null ? pattern.includes(text) : regexp.matcher(text).find()
  }
  return {
    matches: (text, pattern) => {
      let known = results.get(pattern)
      if (known === undefined) {
        known = new Map()
        results.set(pattern, known)
      }
      let result = known.get(text)
      if (result === undefined) {
        result = search(text, pattern)
        known.set(text, result)
      }
      return result
    },
    exhausted: () => budget < 0,
  }
}

/** Compiles an RE2 expression without slashes; null when RE2 does not accept it. */
export function compileSource(source: string): RE2JS | null {
  try {
    return RE2JS.compile(source)
  } catch {
    return null
  }
}

/** Patterns are compiled when they are checked and again when they are used, job after job. */
const compiled = new Map<string, RE2JS | null>()
const CACHED = 1_000

/** Compiles `/body/flags`; null for anything else. `\/` is a slash; flags become an inline group. */
export function compilePattern(written: string): RE2JS | null {
  const known = compiled.get(written)
  if (known !== undefined) return known
  const regexp = compileWritten(written)
  if (compiled.size >= CACHED) compiled.clear()
  compiled.set(written, regexp)
  return regexp
}

function compileWritten(written: string): RE2JS | null {
  const match = WRITTEN.exec(written.replaceAll('\\/', '/'))
  if (match === null) return null
  const [, body = '', flags = ''] = match
  return compileSource(flags === '' ? body : `(?${flags})${body}`)
}
