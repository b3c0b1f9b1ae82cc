/** Background tasks. Every one is safe to run on several servers at once, and to be killed at any moment. */
import type { App } from '../app/context.ts'

export interface Task {
  readonly name: string
  /** Milliseconds between the end of one run and the start of the next. */
  readonly every: number
  /** A notification on this channel starts the next run at once. */
  readonly wake?: string
  /** @param ended aborted when the server stops: a run that may take long ends early */
  run(app: App, ended: AbortSignal): Promise<void>
}

export interface Worker {
  /** No new run begins; resolves when running ones have ended. */
  stop(): Promise<void>
}

/** Runs each task now and then again and again, never twice at the same time. A failed run is logged and tried again. */
export function startWorker(app: App, tasks: readonly Task[]): Worker {
  const ended = new AbortController()
  const loops = tasks.map((task) => loop(app, task, ended.signal))
  return {
    async stop() {
      ended.abort()
      await Promise.all(loops)
    },
  }
}

async function loop(app: App, task: Task, ended: AbortSignal): Promise<void> {
  const alarm = alarmClock(ended)
  const off = task.wake === undefined ? undefined : app.wake.on(task.wake, () => alarm.ring())
  app.taskBoard.add(task.name, task.every)
  while (!ended.aborted) {
    alarm.set()
    const startedAt = new Date()
    try {
      await task.run(app, ended)
      app.taskBoard.note(task.name, { startedAt, endedAt: new Date() })
    } catch (error) {
      app.taskBoard.note(task.name, { startedAt, endedAt: new Date(), error: asError(error) })
      app.log.error({ err: error, task: task.name }, 'background task failed')
    }
    await alarm.after(task.every)
  }
  off?.()
}

interface AlarmClock {
  /** Forgets what rang before. */
  set(): void
  ring(): void
  /** Resolves after so many milliseconds, at the next ring or at the end; at once when it rang since it was set. */
  after(ms: number): Promise<void>
}

function alarmClock(ended: AbortSignal): AlarmClock {
  let rang = Promise.withResolvers<void>()
  ended.addEventListener('abort', () => rang.resolve(), { once: true })
  return {
    set: () => {
      if (!ended.aborted) rang = Promise.withResolvers()
    },
    ring: () => rang.resolve(),
    async after(ms) {
      const timer = setTimeout(() => rang.resolve(), ms)
      await rang.promise
      clearTimeout(timer)
    },
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('something that is no error was thrown', { cause: thrown })
}
