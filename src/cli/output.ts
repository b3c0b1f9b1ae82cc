/** What commands print: answers on standard output, everything else on standard error. */
import { styleText } from 'node:util'

/** One line of an answer. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** A remark that is not part of the answer. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** For programs: what the API answered, as it is. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/**
 * Text from the server for a terminal: names, comments and branches are written by people, and must not move the cursor, colour
 * the screen or reverse the reading order of what somebody is about to approve.
 */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, ' ')
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow'

/** Styled only on a terminal, and never against NO_COLOR. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** A table with a head; every cell on one line. Prints nothing but `none` when there is no row. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[], none: string): void {
  if (rows.length === 0) {
    print(none)
    return
  }
  const cells = [head, ...rows].map((row) => row.map(plain))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))))
  for (const [index, row] of cells.entries()) {
    const line = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
    const text = line.join('  ').trimEnd()
    print(index === 0 ? styled('bold', text) : text)
  }
}

/** Lines of `name  value`, the names in one column. */
export function printFields(
  fields: readonly (readonly [string, string])[],
  write: (line: string) => void = print,
): void {
  const longest = Math.max(...fields.map(([name]) => name.length))
  for (const [name, value] of fields) write(`${styled('bold', name.padEnd(longest))}  ${value}`)
}

/** Columns of a terminal, near enough: letters count one, and the wide scripts of Asia two. */
function width(text: string): number {
  let columns = 0
  for (const { segment } of segmenter.segment(text)) {
    columns += /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{RGI_Emoji}]/v.test(segment)
      ? 2
      : 1
  }
  return columns
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** `2026-11-22 10:00 UTC` of an ISO 8601 timestamp. */
export function moment(timestamp: string): string {
  const iso = new Date(timestamp).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

/** `1 approval`, `2 approvals`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
