import { useEffect, useEffectEvent } from 'react'
import { onChange } from './live-updates.ts'
import type { Change } from './stale-keys.ts'

/** Calls back for every change on the server while the component is shown; null: anything may have changed. */
export function useChanges(listener: (change: Change | null) => void): void {
  const latest = useEffectEvent(listener)
  useEffect(() => onChange((change) => latest(change)), [])
}
