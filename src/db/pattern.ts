/** A LIKE pattern for text that contains `part` as it stands: its wildcards mean themselves. */
export function containing(part: string): string {
  return `%${part.replaceAll(/[\\%_]/g, (special) => `\\${special}`)}%`
}
