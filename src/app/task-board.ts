/** What the background tasks of this process did last, for the page that shows how the server is. */

export interface TaskReport {
  readonly name: string
  /** Milliseconds between two runs. */
  readonly every: number
  /** When the last finished run began; null before the first has finished. */
  readonly lastRunAt: Date | null
  /** Milliseconds. */
  readonly lastDuration: number | null
  /** Of the last run; null when it went well. */
  readonly error: string | null
  readonly failures: number
}

export interface TaskBoard {
  /** A task of this name exists. */
  add(name: string, every: number): void
  /** A run ended. @param error what it threw */
  note(name: string, run: { readonly startedAt: Date; readonly endedAt: Date; readonly error?: Error }): void
  /** In the order in which they were added. */
  list(): readonly TaskReport[]
}

export function makeTaskBoard(): TaskBoard {
  const reports = new Map<string, TaskReport>()
  return {
    add(name, every) {
      reports.set(name, { name, every, lastRunAt: null, lastDuration: null, error: null, failures: 0 })
    },
    note(name, { startedAt, endedAt, error }) {
      const before = reports.get(name)
      if (!before) return
      reports.set(name, {
        ...before,
        lastRunAt: startedAt,
        lastDuration: endedAt.getTime() - startedAt.getTime(),
        error: error?.message ?? null,
        failures: before.failures + (error === undefined ? 0 : 1),
      })
    },
    list: () => [...reports.values()],
  }
}
