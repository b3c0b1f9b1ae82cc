import { readFileSync } from 'node:fs'
import { vi } from 'vitest'

/** Whether a process runs: not gone, not a zombie that waits for its parent. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return false
  }
}

/** Process ids that a script printed as `name=<pid>` lines. */
export function pidsIn(log: string, ...names: string[]): number[] {
  return names.map((name) => {
    const pid = new RegExp(`^${name}=(\\d+)$`, 'm').exec(log)?.[1]
    if (pid === undefined) throw new Error(`no ${name}=<pid> in: ${log}`)
    return Number(pid)
  })
}

export async function allDead(pids: readonly number[]): Promise<void> {
  await vi.waitFor(
    () => {
      const alive = pids.filter(isAlive)
      if (alive.length > 0) throw new Error(`still alive: ${alive.join(', ')}`)
    },
    { timeout: 20_000, interval: 10 },
  )
}

/** A script that starts a child in its group and a grandchild that has left it with setsid, prints their ids and waits. */
export const FAMILY = [
  'sleep 600 & echo "child=$!"',
  `setsid sh -c 'echo "grandchild=$$"; touch ready; exec sleep 600' &`,
  'until [ -e ready ]; do sleep 0.01; done; echo "shell=$$"; echo family complete; wait',
]
