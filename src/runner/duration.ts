/** Aborts after a duration in Go's notation (`90s`, `1h30m`, `500ms`); never for any other text. */
export function timeLimit(duration: string | undefined): AbortSignal {
  const ms = parseDuration(duration ?? '')
  return ms === null ? new AbortController().signal : AbortSignal.timeout(Math.min(ms, 2 ** 31 - 1))
}

/** Milliseconds of a duration in Go's notation; null for anything else and for zero. */
export function parseDuration(text: string): number | null {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return null
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)
  const total = [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0)
  return total > 0 ? Math.round(total) : null
}
