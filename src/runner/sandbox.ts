import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { AccountLease } from './account.ts'
import { removeRecord, writeRecord } from './leftovers.ts'
import { endTree, MARKER_VARIABLE, type ProcessTree, processStart } from './process-tree.ts'
import { startWatchdog } from './watchdog.ts'

/** How a process of a job ended. `failure`: it never ran. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly failure: string | null
}

export interface SpawnedProcess {
  readonly child: ChildProcess
  /** Resolves when the process and everything it left behind is gone and its output has been read. */
  readonly ended: Promise<ProcessEnd>
}

/** Where the processes of one job live: one account, one marker, one watchdog. */
export interface Sandbox {
  readonly account: AccountLease | null
  /**
   * Starts one process at a time in a session of its own. `env` is its whole environment; `asRunner`: it starts under the
   * runner's account and drops to the job's by itself.
   */
  spawn(
    file: string,
    args: readonly string[],
    options: {
      readonly cwd: string
      readonly env: Readonly<Record<string, string>>
      readonly stdio: NonNullable<SpawnOptions['stdio']>
      readonly asRunner?: boolean
    },
  ): SpawnedProcess
  /** Ends the present process and its descendants: SIGTERM and `grace` ms, then SIGKILL. */
  end(grace: number): Promise<void>
  /** Ends whatever is left and forgets the job. */
  close(): Promise<void>
}

/** How long output may still come after a process and all that is known of its descendants are gone. */
const DRAIN = 2000

/** Opens it empty: what still runs under an account that is this job's alone is ended first. */
export async function openSandbox(options: {
  readonly jobId: number
  readonly stateDir: string
  readonly account: AccountLease | null
}): Promise<Sandbox> {
  const { account, stateDir, jobId } = options
  const marker = randomBytes(16).toString('hex')
  let group: number | null = null
  let since = 0
  let recorded: Promise<unknown> = Promise.resolve()
  let ending: Promise<unknown> = Promise.resolve()
  await endTree(tree(), 0)
  writeRecord(stateDir, { job: jobId, marker, group: null })
  const watchdog = startWatchdog(marker)
  const start = watchdog.pid === undefined ? null : await processStart(watchdog.pid)
  if (process.platform === 'linux' && start !== null) since = Number(start)

  function tree(): ProcessTree {
    return {
      marker,
      groups: group === null ? [] : [group],
      uid: account?.exclusive === true ? account.uid : null,
      since,
    }
  }

  function remember(pid: number): void {
    group = pid
    watchdog.watch(pid)
    // Linux finds leftovers by their marker; elsewhere the group and its start time are the only trace.
    if (process.platform === 'linux') return
    recorded = processStart(pid).then((start) => {
      if (start !== null) writeRecord(stateDir, { job: jobId, marker, group: { pid, start } })
    })
  }

  function spawnProcess(...[file, args, { cwd, env, stdio, asRunner }]: Parameters<Sandbox['spawn']>): SpawnedProcess {
    const drop = account === null || asRunner === true ? {} : { uid: account.uid, gid: account.gid }
    const child = spawn(file, args, { cwd, stdio, detached: true, env: { ...env, [MARKER_VARIABLE]: marker }, ...drop })
    if (child.pid !== undefined) remember(child.pid)
    return { child, ended: watchEnd(child) }
  }

  async function watchEnd(child: ChildProcess): Promise<ProcessEnd> {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
    const end = await new Promise<ProcessEnd>((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, failure: error.message }))
      child.once('exit', (code, signal) => resolve({ code, signal, failure: null }))
    })
    if (child.pid === undefined) return end
    // A shell that was told to end leaves before its commands do: they have their time as well.
    await ending
    await endTree(tree(), 0)
    group = null
    watchdog.watch(null)
    const drained = setTimeout(() => {
      for (const stream of child.stdio) stream?.destroy()
    }, DRAIN)
    await closed
    clearTimeout(drained)
    return end
  }

  return {
    account,
    spawn: spawnProcess,
    end: async (grace) => {
      ending = Promise.all([ending, endTree(tree(), grace)])
      await ending
    },
    close: async () => {
      const clean = await endTree(tree(), 0)
      await recorded
      watchdog.done()
      if (clean) removeRecord(stateDir, marker)
    },
  }
}
