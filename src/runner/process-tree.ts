import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pause } from './pause.ts'

/** Environment variable that every process of a job carries; its value is random per job. */
export const MARKER_VARIABLE = 'COUNTERSIGN_JOB_MARKER'

/** How to recognise the processes of one job. */
export interface ProcessTree {
  readonly marker: string
  /** Process groups the job was started with. */
  readonly groups: readonly number[]
  /** An account that nobody else uses; null: the account says nothing. */
  readonly uid: number | null
  /** Start time of the oldest process that can belong to the job, in the clock ticks of /proc; 0: any. */
  readonly since: number
}

interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly start: number
}

/** Processes looked at before other work gets its turn: the runner may share its thread with the server. */
const TURN = 50

/**
 * The living processes of a job, those that left its group with setsid included. Linux: by marker, group, session, exclusive
 * account, or as a child of one of these. Elsewhere: the leaders of its groups, as far as they still have members.
 */
export async function findProcesses(tree: ProcessTree): Promise<number[]> {
  if (process.platform !== 'linux') return tree.groups.filter((group) => groupLives(group))
  const needle = `${MARKER_VARIABLE}=${tree.marker}`
  const found = new Set<number>()
  const living: ProcessEntry[] = []
  let looked = 0
  for (const name of readdirSync('/proc')) {
    const pid = /^\d+$/.test(name) ? Number(name) : 1
    if (pid === process.pid || pid === 1) continue
    looked += 1
    if (looked % TURN === 0) await nextTurn()
    const entry = readEntry(pid)
    if (entry === null || entry.start < tree.since) continue
    living.push(entry)
    const known = tree.groups.includes(entry.group) || tree.groups.includes(entry.session)
    if (known || (tree.uid !== null && hasAccount(pid, tree.uid)) || hasVariable(pid, needle)) found.add(pid)
  }
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const { pid, parent } of living) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

/**
 * Ends a job's processes: SIGTERM and up to `grace` ms to leave in order (0: none), then SIGKILL until nothing is left.
 * @returns false if something survived (a process in uninterruptible sleep, or of another account)
 */
export async function endTree(tree: ProcessTree, grace: number): Promise<boolean> {
  if (grace > 0) {
    await signalTree(tree, 'SIGTERM')
    for (const end = Date.now() + grace; Date.now() < end; await pause(25)) {
      if ((await findProcesses(tree)).length === 0) return true
    }
  }
  for (let round = 0; round < 200; round += 1) {
    if ((await signalTree(tree, 'SIGKILL')) === 0) return true
    await pause(Math.min(round, 25))
  }
  return false
}

async function signalTree(tree: ProcessTree, signal: NodeJS.Signals): Promise<number> {
  // The whole group in one call: members that are being forked right now get it too.
  for (const group of tree.groups) send(-group, signal)
  const found = await findProcesses(tree)
  for (const pid of found) send(pid, signal)
  return found.length
}

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal)
  } catch {
    return false
  }
}

function groupLives(group: number): boolean {
  return send(-group, 0)
}

/** null for processes that are gone, and for those that have ended and only wait for their parent. */
function readEntry(pid: number): ProcessEntry | null {
  const fields = statFields(pid)
  if (fields === null || fields[0] === 'Z' || fields[0] === 'X') return null
  const [parent, group, session, start] = [fields[1], fields[2], fields[3], fields[19]].map(Number)
  return { pid, parent: parent ?? 0, group: group ?? 0, session: session ?? 0, start: start ?? 0 }
}

/** The fields of /proc/<pid>/stat from the state on; the name before it may contain anything. */
function statFields(pid: number): string[] | null {
  const stat = readProc(pid, 'stat')
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function hasVariable(pid: number, needle: string): boolean {
  return readProc(pid, 'environ')?.split('\0').includes(needle) ?? false
}

function hasAccount(pid: number, uid: number): boolean {
  const ids = /^Uid:\s+(.*)$/m.exec(readProc(pid, 'status') ?? '')?.[1]
  return ids?.split(/\s+/).includes(String(uid)) ?? false
}

/** Read at once: these files are made on the fly, and going through the thread pool costs ten times as much. */
function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return null
  }
}

/** Something that tells two processes with the same pid apart; null if there is no such process. */
export async function processStart(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return statFields(pid)?.[19] ?? null
  return new Promise((resolve) => {
    execFile('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], (error, stdout) =>
      resolve(error === null && stdout.trim() !== '' ? stdout.trim() : null),
    )
  })
}
