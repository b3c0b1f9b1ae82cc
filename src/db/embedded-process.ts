import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

/** The first lines of postmaster.pid (PostgreSQL docs, "pidfile.h"): process, data directory, …, socket directory, …, state. */
type PidFile = { readonly pid: number; readonly socketDir: string; readonly ready: boolean }

/** Reads the file by which a running PostgreSQL claims `data`; undefined when there is none or it is half written. */
export async function readPidFile(data: string): Promise<PidFile | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, socketDir: lines[4]?.trim() ?? '', ready: lines[7]?.trim() === 'ready' }
}

/** Starts PostgreSQL in a session of its own, so that Ctrl-C in a terminal reaches only the server, which stops it in order. */
export function spawnPostmaster(program: string, args: string[], options: Parameters<typeof spawn>[2]): ChildProcess {
  const child = spawn(program, args, { ...options, cwd: '/', detached: true })
  child.on('error', () => undefined) // reported by ended() as an end without a pid
  return child
}

export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** Waits until `data` accepts connections through `child`; false when the child ended first or the time is over. */
export async function becomesReady(child: ChildProcess, data: string, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs
  while (!hasEnded(child) && Date.now() < deadline) {
    const file = await readPidFile(data)
    if (file?.ready && file.pid === child.pid) return true
    await delay(5)
  }
  return false
}

/** Fast shutdown (transactions are rolled back, a checkpoint is written), then harder when it takes too long. */
export async function stopPostmaster(isRunning: () => Promise<boolean>, kill: (signal: NodeJS.Signals) => void) {
  // SIGINT: fast; SIGQUIT: immediate, the next start recovers from the log (PostgreSQL docs, "Shutting Down the Server").
  const steps = [
    ['SIGINT', 20_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 10_000],
  ] as const
  for (const [signal, limitMs] of steps) {
    if (!(await isRunning())) return
    kill(signal)
    const deadline = Date.now() + limitMs
    while (Date.now() < deadline) {
      if (!(await isRunning())) return
      await delay(5)
    }
  }
  throw new Error('PostgreSQL did not end')
}

export type UnexpectedExit = { readonly restarted: boolean; readonly error?: unknown }

/** Keeps PostgreSQL running: starts it again when it ends without having been told to; gives up when that start fails. */
export function superviseChild(
  first: ChildProcess,
  launch: () => Promise<ChildProcess>,
  report: (exit: UnexpectedExit) => void,
): { pid(): number; stop(): Promise<void> } {
  let child = first
  let stopping = false
  let relaunch: Promise<void> = Promise.resolve()
  const watch = () => {
    child.unref() // the server's own work decides how long the process lives
    if (hasEnded(child)) onExit()
    else child.once('exit', onExit)
  }
  const onExit = () => {
    if (!stopping) relaunch = restart()
  }
  const restart = async () => {
    try {
      child = await launch()
    } catch (error) {
      return report({ restarted: false, error })
    }
    watch()
    report({ restarted: true })
  }
  watch()
  return {
    pid: () => child.pid ?? 0,
    stop: async () => {
      stopping = true
      await relaunch
      child.ref()
      const isRunning = () => Promise.resolve(!hasEnded(child))
      await stopPostmaster(isRunning, (signal) => child.kill(signal))
    },
  }
}

/**
 * Stops a PostgreSQL that a killed server left behind on `data`. Call it with the directory's lock held: then whoever started
 * it is gone. A process is only signalled when its command line shows that it is a postmaster on this very directory; when the
 * number in postmaster.pid now belongs to another program, the file is removed because PostgreSQL would refuse to start.
 */
export async function stopOrphan(data: string): Promise<void> {
  const file = await readPidFile(data)
  if (!file) return
  const command = await commandLine(file.pid)
  if (command === undefined) return
  if (isPostmasterOn(data, command)) {
    const isRunning = async () => isPostmasterOn(data, (await commandLine(file.pid)) ?? [])
    await stopPostmaster(isRunning, (signal) => signalIfThere(file.pid, signal))
  } else if (basename(command[0] ?? '') !== 'postgres') {
    await rm(join(data, 'postmaster.pid'), { force: true })
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** A process's arguments, undefined when there is no such process, none for a zombie. */
async function commandLine(pid: number): Promise<string[] | undefined> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
    return line?.split('\0')
  }
  const found = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => undefined)
  return found?.stdout.trim().split(' ')
}

function isPostmasterOn(data: string, command: readonly string[]): boolean {
  if (basename(command[0] ?? '') !== 'postgres' || command[1] !== '-D') return false
  return command[2] === data || command.join(' ').includes(` -D ${data} `) // ps does not keep arguments with spaces apart
}
