import { timeZone } from './time-zone.ts'

const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** "3 minutes ago", "in 2 days", "just now". */
export function relativeTime(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1000
  // Clocks of two machines differ a little.
  if (Math.abs(seconds) < 45) return 'just now'
  const [unit, length] = steps.find(([, length]) => Math.abs(seconds) >= length * 0.95) ?? ['minute' as const, 60]
  return relative.format(Math.round(seconds / length), unit)
}

/** "3 Nov 2026, 14:05:09 CET", in the time zone that this person chose. */
export function exactTime(at: string): string {
  return formatIn(timeZone()).format(new Date(at))
}

const formats = new Map<string | null, Intl.DateTimeFormat>()

function formatIn(zone: string | null): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'long',
    ...(zone === null ? {} : { timeZone: zone }),
  })
  formats.set(zone, format)
  return format
}

/** "1 h 4 min", "12 s" */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return parts(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 86_400) return parts(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min')
  return parts(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3_600), 'h')
}

function parts(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}
