/** Server-sent events: what changes on the server is asked again here. */
import type { QueryClient } from '@tanstack/react-query'
import { sessionKey } from '../session/session-key.ts'
import { type Change, isStale } from './stale-keys.ts'

/** Changes that come close together are asked for once, in milliseconds. */
const gatherMs = 60
/** A hidden tab gives its connection back after this long: browsers have only six for all tabs together. */
const hiddenMs = 20_000
const retryMs = 3_000

type Listener = (change: Change | null) => void
const listeners = new Set<Listener>()

/** Calls back for every change as it comes; null: anything may have changed. Answers how to stop. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Keeps the cache up to date until the returned function is called. */
export function startLiveUpdates(queries: QueryClient): () => void {
  let source: EventSource | null = null
  let missed = false
  let gathered: Change[] = []
  let gathering: number | undefined
  let hiding: number | undefined
  let retrying: number | undefined

  const refresh = () => {
    void queries.invalidateQueries()
    for (const listener of listeners) listener(null)
  }
  const flush = () => {
    const changes = gathered
    gathering = undefined
    gathered = []
    void queries.invalidateQueries({ predicate: ({ queryKey }) => changes.some((change) => isStale(queryKey, change)) })
  }
  const take = (change: Change) => {
    for (const listener of listeners) listener(change)
    gathered.push(change)
    gathering ??= window.setTimeout(flush, gatherMs)
  }
  const open = () => {
    window.clearTimeout(retrying)
    if (source) return
    source = new EventSource('/-/events')
    source.addEventListener('open', () => {
      // Nothing is kept for those who were away.
      if (missed) refresh()
      missed = false
    })
    source.addEventListener('change', (event: MessageEvent<string>) => take(JSON.parse(event.data) as Change))
    source.addEventListener('refresh', refresh)
    source.addEventListener('error', () => {
      missed = true
      // The browser connects again by itself unless the server refused: then perhaps nobody is signed in any more.
      if (source?.readyState !== EventSource.CLOSED) return
      close()
      void queries.invalidateQueries({ queryKey: sessionKey })
      retrying = window.setTimeout(open, retryMs)
    })
  }
  const close = () => {
    source?.close()
    source = null
    missed = true
  }
  const onVisibility = () => {
    window.clearTimeout(hiding)
    if (document.hidden) hiding = window.setTimeout(close, hiddenMs)
    else open()
  }
  document.addEventListener('visibilitychange', onVisibility)
  // Opened in a background tab, it waits until somebody looks.
  onVisibility()
  return () => {
    document.removeEventListener('visibilitychange', onVisibility)
    for (const timer of [gathering, hiding, retrying]) window.clearTimeout(timer)
    close()
  }
}
