/** Values of {@link JOB_STATUS_HEADER} that change what a runner does; every other status means "go on". */
export type JobStatusSignal = 'continue' | 'cancel_gracefully' | 'abort'

/** GitLab Runner: `canceling` stops the step and still runs after_script; `canceled` and `failed` stop everything at once. */
export function jobStatusSignal(header: string | null | undefined): JobStatusSignal {
  if (header === 'canceling') return 'cancel_gracefully'
  if (header === 'canceled' || header === 'failed') return 'abort'
  return 'continue'
}

/** Inclusive byte positions. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** `<start>-<end>` of a trace's Content-Range: no unit, no total, end inclusive. null: missing or not of that form. */
export function parseContentRange(header: string | null | undefined): ByteRange | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(header?.trim() ?? '')
  if (match === null) return null
  const range = { start: Number(match[1]), end: Number(match[2]) }
  return range.end < range.start ? null : range
}

/** The Content-Range of `length` bytes (at least 1) that begin at `start`. */
export function formatContentRange(start: number, length: number): string {
  return `${start}-${start + length - 1}`
}

/** The `Range` of a reply to a trace: the number after the dash is the log's size, not its last position. */
export function formatTraceRange(size: number): string {
  return `0-${size}`
}

/** The log's size from a reply's `Range`; null: missing or not of that form. */
export function parseTraceRange(header: string | null | undefined): number | null {
  const match = /^0-(\d{1,15})$/.exec(header?.trim() ?? '')
  return match === null ? null : Number(match[1])
}

/** `crc32:` and 8 hexadecimal digits (IEEE CRC-32 of the whole log). */
export function formatChecksum(crc32: number): string {
  return `crc32:${(crc32 >>> 0).toString(16).padStart(8, '0')}`
}

/** The number of a `crc32:xxxxxxxx`; null: missing or not of that form. */
export function parseChecksum(checksum: string | null | undefined): number | null {
  const match = /^crc32:([0-9a-f]{8})$/i.exec(checksum?.trim() ?? '')
  return match === null ? null : Number.parseInt(match[1] ?? '', 16)
}

/** Seconds between updates from the header; null (keep the present one) unless above 0; at most 15 minutes. */
export function parseUpdateInterval(header: string | null | undefined): number | null {
  if (header === null || header === undefined || !/^\d+$/.test(header.trim())) return null
  const seconds = Number(header)
  return seconds > 0 ? Math.min(seconds, 900) : null
}
