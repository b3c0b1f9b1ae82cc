import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Account, giveTo } from './embedded-account.ts'
import type { Binaries } from './embedded-binaries.ts'
import { type Cluster, postgresEnv } from './embedded-cluster.ts'
import { becomesReady, spawnPostmaster, stopOrphan } from './embedded-process.ts'

/** Everything a start of PostgreSQL needs to know about where. */
export type Place = {
  readonly dataDir: string
  readonly binaries: Binaries
  readonly cluster: Cluster
  readonly account: Account | undefined
  readonly socketDir: string
}

const logLimit = 8 * 1024 * 1024

/** A start after a crash replays up to `max_wal_size`, which a slow disk may take minutes for. */
const readyLimitMs = 300_000

/** For one small machine: about 40 MB of memory, everything durable. */
const defaults = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '32MB',
  huge_pages: 'off',
  io_method: 'sync',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '1',
  max_wal_senders: '0',
  wal_level: 'minimal',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  // No row values and no statements in the log: both may hold what only the database should know.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

/**
 * Starts PostgreSQL and returns when it accepts connections. Its output goes to `<dataDir>/postgres.log`, which begins anew above
 * 8 MiB. Call it with the directory's lock held. Tries again for a while when the files are still claimed: the sessions of a
 * killed PostgreSQL take a moment to see that it is gone.
 */
export async function launchPostmaster(
  place: Place,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const { dataDir, binaries, cluster, account, socketDir } = place
  const all = Object.entries({ ...defaults, unix_socket_directories: socketDir, ...settings })
  const args = ['-D', cluster.data, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const logPath = join(dataDir, 'postgres.log')
  const log = await open(logPath, 'a', 0o600)
  try {
    if ((await log.stat()).size > logLimit) await log.truncate()
    const deadline = Date.now() + 15_000
    for (;;) {
      await stopOrphan(cluster.data)
      const { size } = await log.stat()
      const stdio = ['ignore', log.fd, log.fd] as const
      const child = spawnPostmaster(join(binaries.directory, 'bin', 'postgres'), args, {
        ...account,
        env: postgresEnv,
        stdio: [...stdio],
      })
      if (await becomesReady(child, cluster.data, readyLimitMs)) return child
      child.kill('SIGKILL')
      const output = (await readFile(logPath)).subarray(size).toString()
      if (Date.now() < deadline && /lock file|still in use/.test(output)) await delay(100)
      else throw startFailed(cluster, logPath, output)
    }
  } finally {
    await log.close()
  }
}

function startFailed({ data }: Cluster, logPath: string, output: string): DatabaseRefusal {
  const reason = /FATAL: +(.*)/.exec(output)?.[1] ?? 'it gave no reason'
  return new DatabaseRefusal('start_failed', `PostgreSQL did not start on ${data}: ${reason} (more in ${logPath}).`)
}

/** A unix socket's path holds 103 bytes on macOS and 107 on Linux, so a deep data directory gets a socket elsewhere. */
export async function prepareSocketDir(cluster: Cluster, account: Account | undefined): Promise<string> {
  const beside = join(cluster.home, 'run')
  const owner = account?.uid ?? process.geteuid?.()
  const name = `countersign-${owner}-${createHash('sha256').update(cluster.data).digest('hex').slice(0, 16)}`
  const directory = [beside, join(tmpdir(), name), join('/tmp', name)].find(fitsSocket) ?? beside
  await mkdir(directory, { mode: 0o700 }).catch(() => undefined)
  const found = await lstat(directory)
  // The temporary directory belongs to everybody: another account may have made this name first.
  const ours = found.uid === owner || found.uid === process.geteuid?.()
  if (!ours || !found.isDirectory() || (found.mode & 0o077) !== 0) {
    throw new DatabaseRefusal('start_failed', `${directory} was made by someone else: remove it and start again.`)
  }
  await giveTo(account, directory)
  return directory
}

function fitsSocket(directory: string): boolean {
  return Buffer.byteLength(join(directory, '.s.PGSQL.5432')) <= 103
}
