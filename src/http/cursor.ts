/** The opaque cursor of keyset pagination by id. */

/** Points after the row with this id. */
export function cursorOf(id: number): string {
  return Buffer.from(`id:${id}`).toString('base64url')
}

/** The id after which a page begins. */
export function cursorAfter(cursor: string): number | 'invalid' {
  const id = Number(/^id:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1] ?? Number.NaN)
  return Number.isSafeInteger(id) ? id : 'invalid'
}
