import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'
import { type EmbeddedOptions, type EmbeddedPostgres, startEmbedded } from '../../src/db/embedded.ts'
import { firstUnreachable } from '../../src/db/embedded-account.ts'
import { embeddedUrl } from '../../src/db/target.ts'
import { fastDisk } from '../helpers/global-setup.ts'

export const isRoot = process.geteuid?.() === 0

/** An account without any right of its own, and the one that PostgreSQL runs as under root. */
export const stranger = { uid: 65533, gid: 65533 }
export const nobody = { uid: 65534, gid: 65534 }

/** Whether processes of other accounts can run this repository's programs: not when it lies in a closed home directory. */
export const othersCanRun =
  isRoot && (await firstUnreachable(join(import.meta.dirname, '../../src/db'), stranger)) === undefined

/** Data directories, servers and processes of one test file; `clean` ends and removes them all. */
export function createScratch() {
  const directories: string[] = []
  const servers: EmbeddedPostgres[] = []
  const owners: ReturnType<typeof readOwner>[] = []
  const directory = async (mode = 0o700) => {
    const path = await mkdtemp(join(await fastDisk(), 'countersign-test-'))
    directories.push(path)
    await chmod(path, mode)
    return path
  }
  const start = async (dataDir: string, options: EmbeddedOptions = {}) => {
    const server = await startEmbedded(dataDir, options)
    servers.push(server)
    return server
  }
  /** Another process that owns a server: see embedded-owner.ts. */
  const owner = (dataDir: string, mode = '', account: { uid?: number; gid?: number } = {}) => {
    const script = join(import.meta.dirname, 'embedded-owner.ts')
    const child = spawn(process.execPath, [script, dataDir, mode], { ...account, stdio: ['ignore', 'pipe', 'pipe'] })
    const started = readOwner(child)
    owners.push(started)
    return started
  }
  const clean = async () => {
    for (const { child, kill } of owners)
      if (child.exitCode === null && child.signalCode === null) await kill('SIGTERM')
    for (const server of servers) await server.stop()
    for (const path of directories) await rm(path, { recursive: true, force: true })
  }
  return { directory, start, owner, clean }
}

function readOwner(child: ReturnType<typeof spawn>) {
  if (!child.stdout || !child.stderr) throw new Error('The process has no output to read')
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk))
  const closed = once(child, 'close')
  return {
    child,
    lines,
    errors: () => errors,
    closed,
    /** The postmaster's pid and the URL, once the server is up; fails when the process ends first. */
    ready: async () => {
      if (lines.length === 0) await Promise.race([once(reader, 'line'), closed])
      const [word, pid, url] = lines[0]?.split(' ') ?? []
      if (word !== 'ready' || !pid || !url) throw new Error(`The owner did not start: ${errors}`)
      return { pid: Number(pid), url }
    },
    kill: async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await closed
    },
  }
}

/** Runs one statement on a connection of its own. */
export async function query(server: EmbeddedPostgres | string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({
    connectionString: typeof server === 'string' ? server : embeddedUrl(server.connection),
  })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

/** Whether a process does anything still: one that nobody has collected yet has ended all the same. */
export function isRunning(pid: number): boolean {
  const found = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return found.stdout.trim() !== '' && !found.stdout.startsWith('Z')
}
