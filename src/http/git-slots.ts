/** A bound on the git processes that clients keep busy at the same time. Whoever comes beyond it waits in line. */
import { availableParallelism } from 'node:os'

export interface GitLimits {
  /** Requests of git that are served at once. */
  readonly places: number
  /** Of them, at most so many for one client, so that no client keeps out all others. */
  readonly placesPerClient: number
  /** How long a request waits for a place before it is told to come back, in milliseconds. */
  readonly waitMs: number
  /** A client whose connection moves no byte for so long is given up, in milliseconds. */
  readonly idleMs: number
}

const places = Math.max(8, 2 * availableParallelism())
export const defaultGitLimits: GitLimits = { places, placesPerClient: places / 2, waitMs: 300_000, idleMs: 120_000 }

export interface GitPlace {
  /** It was not free at once. */
  readonly waited: boolean
  /** Gives the place back; calling it again does nothing. */
  release(): void
}

export interface GitSlots {
  /**
   * Waits for a place, in the order of asking among those whose client may have one more.
   * @param client who shares the client's part of the places
   * @returns null when `until` was aborted first
   */
  take(client: string, until: AbortSignal): Promise<GitPlace | null>
  /** Places in use, and requests in line. */
  readonly taken: number
  readonly waiting: number
}

export function makeGitSlots(limits: Pick<GitLimits, 'places' | 'placesPerClient'>): GitSlots {
  const held = new Map<string, number>()
  const line = new Set<{ readonly client: string; readonly enter: () => void }>()
  let taken = 0

  const fits = (client: string) => taken < limits.places && (held.get(client) ?? 0) < limits.placesPerClient

  const hold = (client: string, waited: boolean): GitPlace => {
    taken += 1
    held.set(client, (held.get(client) ?? 0) + 1)
    let released = false
    const release = () => {
      if (released) return
      released = true
      taken -= 1
      const left = (held.get(client) ?? 1) - 1
      if (left === 0) held.delete(client)
      else held.set(client, left)
      admitNext()
    }
    return { waited, release }
  }

  const admitNext = () => {
    for (const waiting of line) {
      if (!fits(waiting.client)) continue
      line.delete(waiting)
      waiting.enter()
      return
    }
  }

  return {
    async take(client, until) {
      if (until.aborted) return null
      if (fits(client)) return hold(client, false)
      return new Promise((resolve) => {
        const waiting = {
          client,
          enter: () => {
            until.removeEventListener('abort', giveUp)
            resolve(hold(client, true))
          },
        }
        const giveUp = () => {
          line.delete(waiting)
          resolve(null)
        }
        line.add(waiting)
        until.addEventListener('abort', giveUp, { once: true })
      })
    },
    get taken() {
      return taken
    },
    get waiting() {
      return line.size
    },
  }
}
