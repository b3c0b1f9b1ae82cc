/** One range of bytes of a body whose size is known (RFC 9110, 14). */

export interface ByteRange {
  /** First byte. */
  readonly start: number
  /** The byte after the last one. */
  readonly end: number
}

/**
 * Reads a Range header. `whole`: no header, or one that asks for something else than one range of bytes, which may be ignored.
 * `unsatisfiable`: nothing of the body is in the range.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '')
  const [, first = '', last = ''] = match ?? []
  if (!match || (first === '' && last === '')) return 'whole'
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < start) return 'whole'
  return start >= size ? 'unsatisfiable' : { start, end }
}
