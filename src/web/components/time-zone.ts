/** The time zone in which exact times are shown, kept in this browser as the theme is. */
import { useSyncExternalStore } from 'react'

const key = 'countersign-time-zone'
const listeners = new Set<() => void>()
let zone = stored()

/** An IANA name; null: the browser's own. */
export function timeZone(): string | null {
  return zone
}

/** Chooses; null for the browser's own. */
export function setTimeZone(name: string | null): void {
  zone = name
  try {
    if (name === null) localStorage.removeItem(key)
    else localStorage.setItem(key, name)
  } catch {
    // A browser that keeps nothing still shows it until the page is closed.
  }
  for (const listener of listeners) listener()
}

/** The chosen zone; the component is drawn again when it changes. */
export function useTimeZone(): string | null {
  return useSyncExternalStore(subscribe, timeZone)
}

/** The moment a day begins in the chosen zone. @param day `YYYY-MM-DD` @returns null for what is no day */
export function startOfDay(day: string): Date | null {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(midnight)) return null
  // Twice, because the offset may change between the two midnights.
  const guess = midnight - offsetAt(midnight)
  return new Date(midnight - offsetAt(guess))
}

/** How far the chosen zone is ahead of UTC at a moment, in milliseconds. */
function offsetAt(moment: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...(zone === null ? {} : { timeZone: zone }),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value)
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return local - Math.floor(moment / 1000) * 1000
}

function stored(): string | null {
  try {
    const name = localStorage.getItem(key)
    // Throws for a name that the browser does not know.
    return name === null ? null : Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
