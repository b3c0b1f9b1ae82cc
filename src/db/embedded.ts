import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Account, giveTo, postgresAccount, prepareDataDir } from './embedded-account.ts'
import { type Binaries, locateBinaries } from './embedded-binaries.ts'
import { type Cluster, clusterOwner, ensureCluster, postgresEnv } from './embedded-cluster.ts'
import { lockDataDir } from './embedded-lock.ts'
import { becomesReady, hasEnded, spawnPostmaster, stopOrphan, stopPostmaster } from './embedded-process.ts'

/** How to connect: `host` is the directory of the unix socket. Whoever has the password still needs to enter that directory. */
export type EmbeddedConnection = {
  readonly host: string
  readonly user: string
  readonly database: string
  readonly password: string
}

export type EmbeddedPostgres = {
  readonly connection: EmbeddedConnection
  /** The postmaster's process; it changes when PostgreSQL had to be started again. */
  readonly pid: number
  /** Disconnects everybody, writes everything, ends PostgreSQL and frees the data directory. Twice is once. */
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  /** More `name=value` settings of PostgreSQL, over the ones chosen here. */
  readonly settings?: Readonly<Record<string, string>>
  /** Told when PostgreSQL ended by itself, and whether it could be started again; without the latter the server is useless. */
  readonly onUnexpectedExit?: (event: { readonly restarted: boolean; readonly error?: unknown }) => void
}

const mib = 1024 * 1024

/** For one small machine: about 40 MB of memory, everything durable. */
const settings = {
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
 * Starts the PostgreSQL 18 that comes with Countersign on `<dataDir>/postgres`, making it on first use. It listens on a unix
 * socket that only its own account (and root) can reach. As root it runs as `nobody`. A second server on the same directory is
 * refused; what a killed server left running is stopped first. Throws `DatabaseRefusal`.
 */
export async function startEmbedded(dataDirPath: string, options: EmbeddedOptions = {}): Promise<EmbeddedPostgres> {
  const account = postgresAccount()
  const dataDir = await prepareDataDir(dataDirPath, account)
  const lock = lockDataDir(dataDir)
  try {
    const binaries = await locateBinaries(dataDir, account)
    const cluster = await ensureCluster(dataDir, binaries, account)
    const socketDir = await prepareSocketDir(cluster, account)
    const launch = () => startPostmaster({ dataDir, binaries, cluster, account, socketDir }, options.settings ?? {})
    const supervised = supervise(await launch(), launch, options.onUnexpectedExit)
    const connection = { host: socketDir, user: clusterOwner, database: clusterOwner, password: cluster.password }
    let stopped: Promise<void> | undefined
    return {
      connection,
      get pid() {
        return supervised.pid()
      },
      stop: () => (stopped ??= supervised.stop().finally(() => lock.release())),
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

type Place = {
  readonly dataDir: string
  readonly binaries: Binaries
  readonly cluster: Cluster
  readonly account: Account | undefined
  readonly socketDir: string
}

/** Tries again for a while: processes of a killed PostgreSQL take a moment to see that it is gone, and hold its memory until then. */
async function startPostmaster(place: Place, extra: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const { dataDir, binaries, cluster, account, socketDir } = place
  const all = { ...settings, unix_socket_directories: socketDir, ...extra }
  const args = ['-D', cluster.data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const logPath = join(dataDir, 'postgres.log')
  const log = await open(logPath, 'a', 0o600)
  if ((await log.stat()).size > 8 * mib) await log.truncate()
  try {
    const deadline = Date.now() + 15_000
    for (;;) {
      await stopOrphan(cluster.data)
      const child = spawnPostmaster(join(binaries.directory, 'bin', 'postgres'), args, {
        ...account,
        env: postgresEnv,
        stdio: ['ignore', log.fd, log.fd],
      })
      if (await becomesReady(child, cluster.data, 300_000)) {
        child.unref()
        return child
      }
      child.kill('SIGKILL')
      if (Date.now() > deadline) break
      await delay(100)
    }
  } finally {
    await log.close()
  }
  throw new DatabaseRefusal('start_failed', `PostgreSQL did not start on ${cluster.data}: see ${logPath}.`)
}

/** Starts PostgreSQL again when it ends without having been told to; gives up after a failed start. */
function supervise(
  first: ChildProcess,
  launch: () => Promise<ChildProcess>,
  report: EmbeddedOptions['onUnexpectedExit'],
) {
  let child = first
  let stopping = false
  let relaunch: Promise<void> = Promise.resolve()
  const watch = () => child.once('exit', () => void (stopping || (relaunch = restart())))
  const restart = async () => {
    try {
      child = await launch()
      watch()
      report?.({ restarted: true })
    } catch (error) {
      report?.({ restarted: false, error })
    }
  }
  watch()
  return {
    pid: () => child.pid ?? 0,
    stop: async () => {
      stopping = true
      await relaunch
      child.ref()
      await stopPostmaster(
        async () => !hasEnded(child),
        (signal) => child.kill(signal),
      )
    },
  }
}

/** A unix socket's path holds 103 bytes on macOS and 107 on Linux, so a deep data directory gets a socket elsewhere. */
async function prepareSocketDir(cluster: Cluster, account: Account | undefined): Promise<string> {
  const beside = join(cluster.home, 'run')
  const fits = (directory: string) => Buffer.byteLength(join(directory, '.s.PGSQL.5432')) <= 103
  const owner = account?.uid ?? process.geteuid?.() ?? 0
  const name = `countersign-${owner}-${createHash('sha256').update(cluster.data).digest('hex').slice(0, 16)}`
  const directory = fits(beside) ? beside : [tmpdir(), '/tmp'].map((base) => join(base, name)).find(fits)
  if (directory === undefined) throw new Error('No directory is short enough for a unix socket')
  await mkdir(directory, { mode: 0o700 }).catch(() => undefined)
  const found = await lstat(directory)
  // The temporary directory belongs to everybody: another account may have made this name first.
  const ours =
    found.isDirectory() && (found.uid === owner || found.uid === process.geteuid?.()) && (found.mode & 0o077) === 0
  if (!ours)
    throw new DatabaseRefusal('start_failed', `${directory} was made by someone else: remove it and start again.`)
  await giveTo(account, directory)
  return directory
}
