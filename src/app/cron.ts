/** Cron texts of people: five fields, read in a time zone. */
import { Cron } from 'croner'

/**
 * A cron text that is going to happen; null for one that is malformed, has seconds or years, or never comes (31 February).
 * @param timezone an IANA name that `isTimezone` accepts
 */
export function parseCron(text: string, timezone: string): Cron | null {
  if (!/^\S+(\s+\S+){4}$/.test(text)) return null
  try {
    const cron = new Cron(text, { mode: '5-part', timezone, paused: true })
    return cron.nextRun() === null ? null : cron
  } catch {
    return null
  }
}

/** Whether a text names a time zone: an IANA name such as `Europe/Berlin`, or `UTC`. */
export function isTimezone(text: string): boolean {
  try {
    return text !== '' && new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
