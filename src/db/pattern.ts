/** A LIKE pattern for text that contains `part` as it stands: its wildcards mean themselves. */
export function containing(part: string): string {
  return `%${part.replaceAll(/[\\%_]/g, (special) => `\\${special}`)}%`
}

/** A LIKE pattern for text that begins with `part` as it stands. */
export function startingWith(part: string): string {
  return containing(part).slice(1)
}
