import { VisuallyHidden } from '@mantine/core'
import { useSyncExternalStore } from 'react'

let said = ''
const listeners = new Set<() => void>()

/** Has screen readers say what changed by itself on the page. */
export function announce(sentence: string): void {
  // The same sentence again must be another text to be said again.
  said = sentence === said ? `${sentence}\u00a0` : sentence
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The live region; there is one for all pages, because a region that appears with its text is not read. */
export function Announcements() {
  const text = useSyncExternalStore(subscribe, () => said)
  return (
    <VisuallyHidden role="status" aria-live="polite" aria-atomic>
      {text}
    </VisuallyHidden>
  )
}
