/** The opaque cursors of keyset pagination. */
import type { RowKey } from '../db/row-key.ts'

/** Points after the row with this id. */
export function cursorOf(id: number): string {
  return Buffer.from(`id:${id}`).toString('base64url')
}

/** The id after which a page begins. */
export function cursorAfter(cursor: string): number | 'invalid' {
  const id = Number(/^id:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1] ?? Number.NaN)
  return Number.isSafeInteger(id) ? id : 'invalid'
}

/** Points after the row with this key. */
export function keyCursor({ value, id }: RowKey): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url')
}

/** The key after which a page begins; `invalid` for what no `keyCursor` of this order made. */
export function keyAfter(cursor: string, type: 'bigint' | 'text' | 'timestamptz'): RowKey | 'invalid' {
  const match = /^\[(".*"),(\d{1,15})\]$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) return 'invalid'
  const value = textIn(match[1] ?? '')
  return value !== null && valueForms[type].test(value) && (type !== 'timestamptz' || isDay(value.slice(0, 10)))
    ? { value, id: Number(match[2]) }
    : 'invalid'
}

/** What the database would take for a value of the type; anything else would be an error there. */
const valueForms = {
  bigint: /^\d{1,15}$/,
  text: /^[^\0]*$/,
  timestamptz: /^[12]\d{3}-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?\+00$/,
}

/** JavaScript takes 31 February for 3 March. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function textIn(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value.toWellFormed() : null
  } catch {
    return null
  }
}
