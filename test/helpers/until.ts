import { setTimeout as delay } from 'node:timers/promises'

/** Asks again and again, for at most `limitMs`, until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, limitMs = 30_000): Promise<T> {
  const end = Date.now() + limitMs
  while (Date.now() < end) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await delay(50)
  }
  throw new Error(`waited ${limitMs / 1000} s for ${what}`)
}
