import { z } from 'zod'

/**
 * Field parsers for bodies that come from programs we do not control (Go structs with nulls, forms, curl users): an absent or
 * null field becomes its zero value, and numbers and booleans may arrive as text.
 */

/** Text; absent or null → ''. Numbers and booleans are taken as their text. */
export const lenientString = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)))

/** true, "true", "1", 1 and "on" are true; false, "false", "0", 0, "off", "" , null and absence are false. */
export const lenientBoolean = z
  .union([z.boolean(), z.literal([0, 1, 'true', 'false', '0', '1', 'on', 'off', ''])])
  .nullish()
  .transform((value) => value === true || value === 1 || value === 'true' || value === '1' || value === 'on')

/** As lenientBoolean, but absence stays visible: undefined. */
export const optionalBoolean = z
  .union([z.boolean(), z.literal([0, 1, 'true', 'false', '0', '1', 'on', 'off'])])
  .nullish()
  .transform((value) => {
    if (value === null || value === undefined) return undefined
    return value === true || value === 1 || value === 'true' || value === '1' || value === 'on'
  })

/** A safe integer, possibly as text; absent or null → undefined. */
export const optionalInteger = z
  .union([z.int(), z.string().regex(/^-?\d{1,15}$/, 'is not a number')])
  .nullish()
  .transform((value) => (value === null || value === undefined ? undefined : Number(value)))

/** A safe integer, possibly as text; absent or null → 0. */
export const lenientInteger = optionalInteger.transform((value) => value ?? 0)

/** Text; absent or null → undefined. */
export const optionalString = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined)

/** A list; absent or null → []. */
export function lenientList<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((value): z.output<T>[] => value ?? [])
}

/** Names separated by commas or a list of names; blanks and duplicates dropped; absent → undefined. */
export const optionalTagList = z
  .union([z.string(), z.array(z.string())])
  .nullish()
  .transform((value) => {
    if (value === null || value === undefined) return undefined
    const names = (typeof value === 'string' ? value.split(',') : value).map((name) => name.trim())
    return [...new Set(names.filter((name) => name !== ''))]
  })
