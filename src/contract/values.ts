/**
 * Parameter types. They accept what JSON, query strings and forms send for the same value ("1", 1, "true", true) because GitLab's
 * clients use all three. The type of each `value` is what the typed client lets its callers pass; what arrives is anything.
 */
import { z } from 'zod'

/** A whole number, also as text. */
export const int = () =>
  z.preprocess(
    (value: number | string) => (typeof value === 'string' && /^[+-]?\d+$/.test(value.trim()) ? Number(value) : value),
    z.int().max(Number.MAX_SAFE_INTEGER),
  )

/** A record id. Larger than any id is still a valid question with the answer 404. */
export const id = () => int()

const yes: readonly unknown[] = ['true', 't', '1', 'on', 'yes', 'y']
const no: readonly unknown[] = ['false', 'f', '0', 'off', 'no', 'n']

/** `true`, `false` and the words that Grape takes for them, in any case: python-gitlab writes `True` into its queries. */
export const bool = () =>
  z.preprocess((value: boolean | number | string) => {
    const word = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.toLowerCase() : value
    if (yes.includes(word)) return true
    return no.includes(word) ? false : value
  }, z.boolean())

/** Text. Numbers and booleans are taken as their text, as a form would send them. NUL never reaches the database. */
export const text = (options: { max?: number } = {}) =>
  z.preprocess(
    (value: string | number | boolean) =>
      typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
    z
      .string()
      .max(options.max ?? 1_000_000)
      .refine((value) => !value.includes('\0'), 'contains a null byte'),
  )

/** One of a list of words. */
export const oneOf = <const T extends readonly [string, ...string[]]>(words: T) => z.enum(words)

/** ISO 8601 date and time, with or without a zone (then UTC). */
export const dateTime = () =>
  z.preprocess((value: Date | string) => {
    if (typeof value !== 'string') return value
    const text = value.trim().replace(' ', 'T')
    if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return value
    const date = new Date(/T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) || !text.includes('T') ? text : `${text}Z`)
    return isDay(text.slice(0, 10)) && !Number.isNaN(date.getTime()) ? date : value
  }, z.date())

/** `YYYY-MM-DD`. An empty text means none. */
export const date = () =>
  z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}/)
    .transform((value) => value.slice(0, 10))
    .refine(isDay)

/** Whether YYYY-MM-DD is a day: JavaScript takes 31 February for 3 March, and PostgreSQL knows no year 0. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) && !text.startsWith('0000')
}

/** A list, also as a comma-separated text or a single value, as `key[]=a&key[]=b`, or as `key[0]=a`. */
export const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value: readonly z.input<T>[] | string) => {
    if (typeof value === 'string') return value === '' ? [] : value.split(',').map((part) => part.trim())
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return indexed(value)
    return value === undefined || Array.isArray(value) ? value : [value]
  }, z.array(item))

/** A list of objects: JSON, `key[][a]=1`, or `key[0][a]=1`. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value: readonly z.input<T>[]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value) ? indexed(value) : value,
    z.array(item).max(1000),
  )

function indexed(value: object): unknown {
  const keys = Object.keys(value)
  return keys.length > 0 && keys.every((key) => /^\d+$/.test(key)) ? Object.values(value) : [value]
}

/** `:id` of a project or group: a number or a full path. */
export const idOrPath = () => text({ max: 2048 })

/** `page` and `per_page`, to be spread into `params`. */
export const paging = {
  page: int().pipe(z.int().min(1).max(1_000_000_000)).default(1),
  per_page: int()
    .pipe(z.int().min(1))
    .transform((value) => Math.min(value, 100))
    .default(20),
}

/** For lists that can be paged by key, without counting them. */
export const keysetPaging = {
  pagination: oneOf(['keyset', 'legacy']).optional(),
  /** From the link to the next page. */
  cursor: text({ max: 2048 }).optional(),
}

/** Timestamps in answers: ISO 8601 with milliseconds. */
export const timestamp = () => z.string().meta({ format: 'date-time' })
