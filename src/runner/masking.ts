const MASK = '[MASKED]'

/** Masked whatever follows them (GitLab's default token prefixes: personal, job, runner, deploy, trigger, feed, mail, agent, SCIM, OAuth). */
const TOKEN_PREFIXES = [
  'glpat-',
  'glcbt-',
  'glrt-',
  'glrtr-',
  'gldt-',
  'glptt-',
  'glft-',
  'glimt-',
  'glagent-',
  'glsoat-',
  'gloas-',
  'glffct-',
  'glwt-',
]

/** Query parameters whose values never belong into a log. */
const QUERY_PARAMETERS = [
  'private_token',
  'authenticity_token',
  'rss_token',
  'job_token',
  'access_token',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-credential',
]

type CharacterTest = (code: number) => boolean

/** A secret that is known by what stands before it; it lasts as long as its characters pass `body`. */
interface OpenPattern {
  /** Lower case when `fold`. */
  readonly prefix: string
  /** Compares without regard to case. */
  readonly fold: boolean
  readonly body: CharacterTest
}

/** One stretch of text that must not be shown. */
interface Span {
  from: number
  to: number
  /** Where the text begins without which it would not be recognised. */
  hold: number
  /** Set when the secret may go on in the next chunk. */
  tail: CharacterTest | null
}

/** Never hold back more than this: a log that is nothing but the beginning of a secret must not grow in memory. */
const HOLD_LIMIT = 64 * 1024

const isTokenCharacter = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || [45, 46, 95].includes(code)

/** Everything up to white space, `&`, `#`, a quote or an angle bracket. */
const isQueryCharacter = (code: number): boolean => code > 32 && ![34, 35, 38, 39, 60, 62].includes(code)

export interface Masker {
  /** `text` is bytes as latin1; the answer is what is safe to show now, the rest is held back. */
  write(text: string): string
  /** Gives out what was held back. */
  flush(): string
}

/**
 * Replaces secrets in a stream, also where they are cut by chunk boundaries: exact values, tokens by their prefix, and sensitive
 * query parameters of URLs. Overlapping secrets become one mask, so no rest of either is shown.
 */
export function createMasker(secrets: readonly string[], extraPrefixes: readonly string[] = []): Masker {
  const literals = [...new Set(secrets)].filter((value) => value !== '').map((value) => toLatin1(value))
  const open = openPatterns(extraPrefixes)
  let held = ''
  let swallow: CharacterTest | null = null

  function take(chunk: string, final: boolean): string {
    let text = held + chunk
    held = ''
    if (swallow !== null) {
      text = text.slice(bodyEnd(text, 0, swallow))
      if (text === '') return ''
      swallow = null
    }
    const folded = text.toLowerCase()
    const spans = findSpans(text, folded, literals, open)
    const cut = final ? text.length : safeCut(text, folded, spans, literals, open)
    if (cut === text.length) swallow = spans.at(-1)?.tail ?? null
    held = text.slice(cut)
    return maskUpTo(text, spans, cut)
  }

  return { write: (text) => take(text, false), flush: () => take('', true) }
}

function toLatin1(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1')
}

function openPatterns(extraPrefixes: readonly string[]): OpenPattern[] {
  const prefixes = [...new Set([...TOKEN_PREFIXES, ...extraPrefixes.filter((prefix) => prefix !== '').slice(0, 15)])]
  return [
    ...prefixes.map((prefix) => ({ prefix: toLatin1(prefix), fold: false, body: isTokenCharacter })),
    ...QUERY_PARAMETERS.flatMap((name) =>
      ['?', '&'].map((lead) => ({ prefix: `${lead}${name}=`, fold: true, body: isQueryCharacter })),
    ),
  ]
}

function bodyEnd(text: string, from: number, body: CharacterTest): number {
  let end = from
  while (end < text.length && body(text.charCodeAt(end))) end += 1
  return end
}

/** What must not be shown, in order, overlapping parts joined. */
function findSpans(text: string, folded: string, literals: readonly string[], open: readonly OpenPattern[]): Span[] {
  const found: Span[] = []
  for (const literal of literals) {
    for (let at = text.indexOf(literal); at !== -1; at = text.indexOf(literal, at + 1)) {
      found.push({ from: at, to: at + literal.length, hold: at, tail: null })
    }
  }
  for (const { prefix, fold, body } of open) {
    const where = fold ? folded : text
    for (let at = where.indexOf(prefix); at !== -1; at = where.indexOf(prefix, at + prefix.length)) {
      const from = at + prefix.length
      const to = bodyEnd(text, from, body)
      if (to > from) found.push({ from, to, hold: at, tail: to === text.length ? body : null })
    }
  }
  found.sort((a, b) => a.from - b.from)
  const joined: Span[] = []
  for (const span of found) {
    const last = joined.at(-1)
    if (last === undefined || span.from >= last.to) {
      joined.push(span)
      continue
    }
    last.to = Math.max(last.to, span.to)
    last.hold = Math.min(last.hold, span.hold)
    last.tail = span.tail ?? last.tail
  }
  return joined
}

/** How much of the text can be shown now: nothing that the next chunk could turn into a secret, and no part of a secret. */
function safeCut(
  text: string,
  folded: string,
  spans: readonly Span[],
  literals: readonly string[],
  open: readonly OpenPattern[],
): number {
  let cut = firstPartial(text, folded, literals, open)
  const divided = (span: Span): boolean => span.hold < cut && span.to > cut
  for (let span = spans.find(divided); span !== undefined; span = spans.find(divided)) cut = span.hold
  return text.length - cut > HOLD_LIMIT ? text.length : cut
}

/** Where the first piece begins that the next chunk could turn into a secret; the text's length if there is none. */
function firstPartial(text: string, folded: string, literals: readonly string[], open: readonly OpenPattern[]): number {
  let first = text.length
  const consider = (where: string, pattern: string, longest: number): void => {
    for (let length = Math.min(longest, where.length); length > 0; length -= 1) {
      if (where.length - length >= first) return
      if (pattern.startsWith(where.slice(where.length - length))) {
        first = where.length - length
        return
      }
    }
  }
  for (const literal of literals) consider(text, literal, literal.length - 1)
  // A prefix without its first body character is still only a beginning.
  for (const { prefix, fold } of open) consider(fold ? folded : text, prefix, prefix.length)
  return first
}

function maskUpTo(text: string, spans: readonly Span[], cut: number): string {
  let out = ''
  let at = 0
  for (const span of spans) {
    if (span.to > cut) break
    out += text.slice(at, span.from) + MASK
    at = span.to
  }
  return out + text.slice(at, cut)
}
