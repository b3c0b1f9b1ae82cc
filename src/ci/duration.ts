/** Seconds of each unit word. A month is 30 days and a year 365.25, as in GitLab (reference A14). */
const UNITS: Readonly<Record<string, number>> = {
  ...named(1, 's sec secs second seconds'),
  ...named(60, 'm min mins minute minutes'),
  ...named(3_600, 'h hr hrs hour hours'),
  ...named(86_400, 'd dy day days'),
  ...named(604_800, 'w wk wks week weeks'),
  ...named(2_592_000, 'mo mos month months'),
  ...named(31_557_600, 'y yr yrs year years'),
}
/** The places of `1:02:03`, from the right. There is none for weeks. */
const COLON_UNITS = [1, 60, 3_600, 86_400, 2_592_000, 31_557_600]
const IGNORED = new Set(['and', 'with', 'plus', ''])
const NUMBER_WORDS = new Map<string, number>(
  [
    ['zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen', 1, 0],
    ['seventeen eighteen nineteen', 1, 17],
    ['twenty thirty forty fifty sixty seventy eighty ninety', 10, 2],
  ].flatMap(([words, factor, first]) =>
    String(words)
      .split(' ')
      .map((word, index): [string, number] => [word, (Number(first) + index) * Number(factor)]),
  ),
)
const NUMBER = /\d*\.?\d+/g
const COLONS = /^(?:\d*\.?\d+)(?::\d*\.?\d+)+$/

/** A duration must be readable at a glance; longer text is not one. */
const MAXIMUM_LENGTH = 1_000

/**
 * Seconds of a duration as people write it: `1 day`, `2h20min`, `3:41:59`, `one week and 3 days`, `90` (seconds). Null for text
 * that is no duration or comes to nothing (reference A14).
 */
export function parseDuration(text: string): number | null {
  if (text.length > MAXIMUM_LENGTH) return null
  const seconds = parseColons(text) ?? parseUnits(text)
  if (seconds === null || !Number.isFinite(seconds)) return null
  const whole = Math.floor(seconds)
  return whole > 0 ? whole : null
}

function parseColons(text: string): number | null {
  const compact = text.replaceAll(/\s/g, '')
  if (!COLONS.test(compact)) return null
  const parts = compact.split(':').toReversed()
  if (parts.length > COLON_UNITS.length) return Number.NaN
  return parts.reduce((sum, part, place) => sum + Number(part) * (COLON_UNITS[place] ?? 0), 0)
}

function parseUnits(text: string): number | null {
  const words = numberWords(text.toLowerCase()).replaceAll(NUMBER, ' $& ').split(/\s+/)
  const parts: (number | { readonly unit: number })[] = []
  for (const word of words) {
    const bare = word.replace(/^,/, '').replace(/,$/, '')
    if (/^\d*\.?\d+$/.test(word)) parts.push(Number(word))
    else if (Object.hasOwn(UNITS, bare)) parts.push({ unit: UNITS[bare] ?? 0 })
    else if (!IGNORED.has(bare)) return null
  }
  if (typeof parts[0] === 'object') parts.unshift(1)
  return parts.reduce<number>((sum, part, index) => {
    if (typeof part !== 'number') return sum
    const next = parts[index + 1]
    if (next === undefined) return sum + part
    return typeof next === 'object' ? sum + part * next.unit : sum
  }, 0)
}

/** `twenty-five minutes` → `25 minutes`. */
function numberWords(text: string): string {
  const tens =
    /\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -](one|two|three|four|five|six|seven|eight|nine)\b/g
  return text
    .replaceAll(tens, (_, ten: string, one: string) =>
      String((NUMBER_WORDS.get(ten) ?? 0) + (NUMBER_WORDS.get(one) ?? 0)),
    )
    .replaceAll(/\b[a-z]{3,9}\b/g, (word) => String(NUMBER_WORDS.get(word) ?? word))
}

function named(seconds: number, words: string): Record<string, number> {
  return Object.fromEntries(words.split(' ').map((word) => [word, seconds]))
}
