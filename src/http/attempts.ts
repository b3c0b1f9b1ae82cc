/** Counts failures and says when somebody must wait: for signing in, where guessing is the attack. */

export interface Attempts {
  /** Seconds to wait before the next try; 0: go ahead. */
  wait(key: string): number
  failed(key: string): void
  succeeded(key: string): void
}

interface Count {
  failures: number
  until: number
}

/** @param allowed failures within `windowMs` before trying again is refused until the window is over */
export function countAttempts(allowed: number, windowMs: number, now: () => number = Date.now): Attempts {
  const counts = new Map<string, Count>()
  const current = (key: string): Count | undefined => {
    const count = counts.get(key)
    if (count && count.until <= now()) counts.delete(key)
    return counts.get(key)
  }
  return {
    wait(key) {
      const count = current(key)
      return count && count.failures >= allowed ? Math.ceil((count.until - now()) / 1000) : 0
    },
    failed(key) {
      const count = current(key)
      if (count) count.failures += 1
      else counts.set(key, { failures: 1, until: now() + windowMs })
      // Keys are chosen by strangers; the oldest give way.
      const oldest = counts.keys().next()
      if (counts.size > 10_000 && !oldest.done) counts.delete(oldest.value)
    },
    succeeded: (key) => void counts.delete(key),
  }
}
