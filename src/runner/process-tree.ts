import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
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
}

interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
}

/**
 * The living processes of a job, those that left its group with setsid included. Linux: by marker, group, session, exclusive
 * account, or as a child of one of these. Elsewhere: the leaders of its groups, as far as they still have members.
 */
export async function findProcesses(tree: ProcessTree): Promise<number[]> {
  if (process.platform !== 'linux') return tree.groups.filter((group) => groupLives(group))
  const entries = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const needle = `${MARKER_VARIABLE}=${tree.marker}`
  const found = new Set<number>()
  const living: ProcessEntry[] = []
  for (const pid of entries) {
    const entry = pid === process.pid || pid === 1 ? null : await readEntry(pid)
    if (entry === null) continue
    living.push(entry)
    if (tree.groups.includes(entry.group) || tree.groups.includes(entry.session)) found.add(pid)
    else if (tree.uid !== null && (await hasAccount(pid, tree.uid))) found.add(pid)
    else if (await hasVariable(pid, needle)) found.add(pid)
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
async function readEntry(pid: number): Promise<ProcessEntry | null> {
  const fields = await statFields(pid)
  if (fields === null || fields[0] === 'Z' || fields[0] === 'X') return null
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), session: Number(fields[3]) }
}

/** The fields of /proc/<pid>/stat from the state on; the name before it may contain anything. */
async function statFields(pid: number): Promise<string[] | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

async function hasVariable(pid: number, needle: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return environment.split('\0').includes(needle)
}

async function hasAccount(pid: number, uid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  return /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).includes(String(uid)) ?? false
}

/** Something that tells two processes with the same pid apart; null if there is no such process. */
export async function processStart(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return (await statFields(pid))?.[19] ?? null
  return new Promise((resolve) => {
    execFile('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], (error, stdout) =>
      resolve(error === null && stdout.trim() !== '' ? stdout.trim() : null),
    )
  })
}
