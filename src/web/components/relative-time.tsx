import { useSyncExternalStore } from 'react'
import { exactTime, relativeTime } from './format-time.ts'
import { useTimeZone } from './time-zone.ts'

let now = Date.now()
const listeners = new Set<() => void>()
let timer: number | undefined

/** One clock for all times on the page; it stands still while nobody reads it. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  now = Date.now()
  timer ??= window.setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, 15_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    window.clearInterval(timer)
    timer = undefined
  }
}

/** The current time in milliseconds, renewed a few times a minute. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** "3 minutes ago", with the exact time on hover and for machines. */
export function RelativeTime({ at }: { readonly at: string }) {
  const current = useNow()
  useTimeZone()
  return (
    <time dateTime={at} title={exactTime(at)} className="relative-time">
      {relativeTime(at, Math.max(current, Date.now() - 15_000))}
    </time>
  )
}
