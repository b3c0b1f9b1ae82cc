import { LIMITS } from './limits.ts'
import { isPattern } from './regexp.ts'

export type Token =
  | { readonly kind: 'open' }
  | { readonly kind: 'close' }
  | { readonly kind: 'not' }
  | { readonly kind: 'operator'; readonly operator: '==' | '!=' | '=~' | '!~' | '&&' | '||' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'value'; readonly value: string | boolean | null }
  | { readonly kind: 'pattern'; readonly text: string }

/** The tokens in the order in which they are tried (reference A8.2). Each is anchored where the last one ended. */
const RULES: readonly (readonly [RegExp, (match: RegExpExecArray) => Token | null])[] = [
  [/\(/y, () => ({ kind: 'open' })],
  [/\)/y, () => ({ kind: 'close' })],
  [/\$\[\[\s*inputs\.([\w-]+)\s*\]\]/y, (match) => ({ kind: 'input', name: match[1] ?? '' })],
  [/\$(\w+)/y, (match) => ({ kind: 'variable', name: match[1] ?? '' })],
  [/"([^"\n]*)"|'([^'\n]*)'/y, (match) => ({ kind: 'value', value: match[1] ?? match[2] ?? '' })],
  [/\/(?:[^/]|\\\/)+[^\\]\/[ismU]*/y, ([text]) => (isPattern(text) ? { kind: 'pattern', text } : null)],
  [/null/y, () => ({ kind: 'value', value: null })],
  [/\btrue\b/y, () => ({ kind: 'value', value: true })],
  [/\bfalse\b/y, () => ({ kind: 'value', value: false })],
  [/==/y, () => ({ kind: 'operator', operator: '==' })],
  [/=~/y, () => ({ kind: 'operator', operator: '=~' })],
  [/!=/y, () => ({ kind: 'operator', operator: '!=' })],
  [/!~/y, () => ({ kind: 'operator', operator: '!~' })],
  [/&&/y, () => ({ kind: 'operator', operator: '&&' })],
  [/\|\|/y, () => ({ kind: 'operator', operator: '||' })],
  [/!/y, () => ({ kind: 'not' })],
]
const SPACE = /\s+/y

/** Splits an expression into tokens; null when some part is no token, a pattern is no RE2, or there are more than 100. */
export function tokenize(text: string): readonly Token[] | null {
  const tokens: Token[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    if (tokens.length >= LIMITS.expressionTokens) return null
    const next = tokenAt(text, at)
    if (next === null) return null
    tokens.push(next.token)
    at = skipSpace(text, next.end)
  }
  return tokens
}

function tokenAt(text: string, at: number): { readonly token: Token; readonly end: number } | null {
  for (const [rule, make] of RULES) {
    rule.lastIndex = at
    const match = rule.exec(text)
    if (match === null) continue
    const token = make(match)
    return token === null ? null : { token, end: rule.lastIndex }
  }
  return null
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  return SPACE.test(text) ? SPACE.lastIndex : at
}
