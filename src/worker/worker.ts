/** Background tasks. Every one is safe to run on several servers at once, and to be killed at any moment. */
import type { App } from '../app/context.ts'

export interface Task {
  readonly name: string
  /** Milliseconds between the end of one run and the start of the next. */
  readonly every: number
  run(app: App): Promise<void>
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
  while (!ended.aborted) {
    try {
      await task.run(app)
    } catch (error) {
      app.log.error({ err: error, task: task.name }, 'background task failed')
    }
    await pause(task.every, ended)
  }
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
  if (ended.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    ended.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
