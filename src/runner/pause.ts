/** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** The pause before try number `failures` + 1: `first` doubled for each failure after the first, at most `max`, all in ms. */
export function backoff(failures: number, first: number, max: number): number {
  return failures <= 0 ? 0 : Math.min(max, first * 2 ** Math.min(failures - 1, 20))
}
