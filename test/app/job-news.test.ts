import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { followJobNews } from '../../src/app/job-news.ts'
import type { Wake, WakeListener } from '../../src/db/wake.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function aWake(): { readonly wake: Wake; readonly tell: (channel: string, payload: string | undefined) => void } {
  const listeners: [string, WakeListener][] = []
  const on = (channel: string, listener: WakeListener) => {
    listeners.push([channel, listener])
    return () => undefined
  }
  const tell = (channel: string, payload: string | undefined) => {
    for (const [heard, listener] of listeners) if (heard === channel) listener(payload)
  }
  return { wake: { on, close: () => Promise.resolve() }, tell }
}

test('the version changes with every wake-up, with every lost connection, and after a while by itself', () => {
  const { wake, tell } = aWake()
  const news = followJobNews(wake)
  const seen = [news.version()]
  expect(news.version()).toBe(seen[0])
  tell('bridges', '')
  expect(news.version()).toBe(seen[0])
  tell('jobs', '')
  seen.push(news.version())
  tell('jobs', undefined)
  seen.push(news.version())
  vi.advanceTimersByTime(10_000)
  seen.push(news.version())
  expect(new Set(seen).size).toBe(4)
})

test('one server does not know the versions of another', () => {
  const { wake } = aWake()
  expect(followJobNews(wake).version()).not.toBe(followJobNews(wake).version())
})
