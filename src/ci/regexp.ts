import { RE2JS } from 're2js'

/** A pattern as written: `/body/flags`. */
const WRITTEN = /^\/([^]+)\/([ismU]*)$/
const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  s: RE2JS.DOTALL,
  m: RE2JS.MULTILINE,
  U: 0,
}

/** Searches texts with RE2 patterns, in time linear to the text. One matcher serves one compilation and compiles a pattern once. */
export interface Matcher {
  /**
   * Whether `text` holds a match of `pattern`. A pattern that is not written with slashes is not a regular expression: then the
   * text is looked for inside the pattern, as GitLab does (reference A8.2).
   */
  readonly matches: (text: string, pattern: string) => boolean
}

/** Whether `/…/flags` is a pattern RE2 accepts. */
export function isPattern(written: string): boolean {
  return compile(written) !== null
}

/** Whether a text is an RE2 expression, without slashes. */
export function isRegExpSource(source: string): boolean {
  return compileSource(source) !== null
}

export function makeMatcher(): Matcher {
  const compiled = new Map<string, RE2JS | null>()
  const results = new Map<string, Map<string, boolean>>()
  const search = (text: string, pattern: string): boolean => {
    if (!WRITTEN.test(pattern)) return pattern.includes(text)
    let regexp = compiled.get(pattern)
    if (regexp === undefined) {
      regexp = compile(pattern)
      compiled.set(pattern, regexp)
    }
    return regexp?.matcher(text).find() ?? false
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
  }
}

/** Compiles an RE2 expression without slashes; null when RE2 does not accept it. */
export function compileSource(source: string, flags = 0): RE2JS | null {
  try {
    return RE2JS.compile(source, flags)
  } catch {
    return null
  }
}

function compile(written: string): RE2JS | null {
  const match = WRITTEN.exec(written)
  if (match === null) return null
  const [, body = '', flags = ''] = match
  const bits = [...flags].reduce((sum, flag) => sum | (FLAGS[flag] ?? 0), 0)
  const source = body.replaceAll('\\/', '/')
  return compileSource(flags.includes('U') ? `(?U)${source}` : source, bits)
}
