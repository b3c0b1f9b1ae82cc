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

/** One stretch of text that must not be shown, as positions in the text at hand. */
interface Span {
  /** Below 0: it began in text that is gone, and its mask has been shown. */
  from: number
  to: number
  /** Set when the text ends with it: how its characters in the next chunk are recognised. */
  tail: CharacterTest | null
}

const isTokenCharacter = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || [45, 46, 95].includes(code)

/** Everything up to white space, `&`, `#`, a quote or an angle bracket. */
const isQueryCharacter = (code: number): boolean => code > 32 && ![34, 35, 38, 39, 60, 62].includes(code)

export interface Masker {
  /** `text` is bytes as latin1; the answer is what is safe to show now, the rest is held back. */
  write(text: string): string
  /** Gives out what was held back; what is written afterwards is a new text. */
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
  let carried: Span[] = []

  function take(chunk: string, final: boolean): string {
    const text = held + chunk
    const folded = text.toLowerCase()
    const goingOn = carried.map((span) => continued(span, text))
    const spans = joinSpans([...goingOn, ...findSpans(text, folded, literals, open)])
    const cut = final ? text.length : firstPartial(text, folded, literals, open)
    held = text.slice(cut)
    const unfinished = spans.filter((span) => span.to > cut || span.tail !== null)
    carried = final ? [] : unfinished.map(({ from, to, tail }) => ({ from: from - cut, to: to - cut, tail }))
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

/** A span of the text before, seen from the text at hand: with a tail, it goes on as long as the characters fit. */
function continued({ from, to, tail }: Span, text: string): Span {
  if (tail === null) return { from, to, tail }
  const end = bodyEnd(text, to, tail)
  return { from, to: end, tail: end === text.length ? tail : null }
}

/** What must not be shown. */
function findSpans(text: string, folded: string, literals: readonly string[], open: readonly OpenPattern[]): Span[] {
  const found: Span[] = []
  for (const literal of literals) {
    for (let at = text.indexOf(literal); at !== -1; at = text.indexOf(literal, at + 1)) {
      found.push({ from: at, to: at + literal.length, tail: null })
    }
  }
  for (const { prefix, fold, body } of open) {
    const where = fold ? folded : text
    for (let at = where.indexOf(prefix); at !== -1; at = where.indexOf(prefix, at + prefix.length)) {
      const from = at + prefix.length
      const to = bodyEnd(text, from, body)
      if (to > from) found.push({ from, to, tail: to === text.length ? body : null })
    }
  }
  return found
}

/** In order, those that overlap made one. */
function joinSpans(spans: Span[]): Span[] {
  spans.sort((a, b) => a.from - b.from)
  const joined: Span[] = []
  for (const span of spans) {
    const last = joined.at(-1)
    if (last === undefined || span.from >= last.to) {
      joined.push({ ...span })
      continue
    }
    last.to = Math.max(last.to, span.to)
    last.tail = either(last.tail, span.tail)
  }
  return joined
}

function either(a: CharacterTest | null, b: CharacterTest | null): CharacterTest | null {
  if (a === null || b === null || a === b) return a ?? b
  return (code) => a(code) || b(code)
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

/** The text before `cut` with a mask for each span that begins there. */
function maskUpTo(text: string, spans: readonly Span[], cut: number): string {
  let out = ''
  let at = 0
  for (const span of spans) {
    if (span.from >= cut) break
    if (span.from >= 0) out += text.slice(at, span.from) + MASK
    at = Math.max(at, span.to)
  }
  return out + text.slice(at, Math.max(at, cut))
}
