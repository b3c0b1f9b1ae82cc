/** CSV as RFC 4180 has it, which a spreadsheet may open without running anything. */

/** One line with its end. Null is an empty field. */
export function csvLine(fields: readonly (string | number | null)[]): string {
  return `${fields.map(field).join(',')}\r\n`
}

function field(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = harmless(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * A text that a spreadsheet would take for a formula becomes a text for it, too (OWASP, CSV Injection): also behind a semicolon or
 * a tab, which some spreadsheets take for the separator whatever the file says.
 */
function harmless(text: string): string {
  return text.replaceAll(/(^|[;\t\r\n])([\s\u00a0\ufeff"]*)(?=[=+\-@＝＋－＠])/g, "$1$2'")
}
