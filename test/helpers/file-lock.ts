/** Work that must not happen twice at once, in whatever processes the test files run. */
import { open, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Longer than any work takes: a lock this old was left by a run that was killed. In milliseconds. */
const abandonedMs = 120_000

/** Does `work` while holding the file; the others wait. */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const held = await open(file, 'wx').catch(() => null)
    if (held) {
      await held.close()
      break
    }
    const made = await stat(file).catch(() => null)
    if (made && Date.now() - made.mtimeMs > abandonedMs) await rm(file, { force: true })
    else await delay(50)
  }
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}
