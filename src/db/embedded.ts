import { rmdir } from 'node:fs/promises'
import { DatabaseRefusal } from './database-refusal.ts'
import { postgresAccount, prepareDataDir } from './embedded-account.ts'
import { locateBinaries } from './embedded-binaries.ts'
import { clusterOwner, ensureCluster } from './embedded-cluster.ts'
import { launchPostmaster, prepareSocketDir } from './embedded-launch.ts'
import { lockDataDir } from './embedded-lock.ts'
import { superviseChild, type UnexpectedExit } from './embedded-process.ts'

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
  /** More `name=value` settings of PostgreSQL, over the ones chosen in embedded-launch.ts. */
  readonly settings?: Readonly<Record<string, string>>
  /** Told when PostgreSQL ended by itself. When it could not be started again either, the server had better end too. */
  readonly onUnexpectedExit?: (exit: UnexpectedExit) => void
}

/**
 * Starts the PostgreSQL 18 that comes with Countersign on `<dataDir>/postgres`, making it on first use. It listens on a unix
 * socket that only its own account (and root) can reach. As root it runs as `nobody`. A second server on the same directory is
 * refused; what a killed server left running is stopped first; when PostgreSQL ends by itself it is started again. Throws
 * `DatabaseRefusal`.
 */
export async function startEmbedded(path: string, options: EmbeddedOptions = {}): Promise<EmbeddedPostgres> {
  try {
    const account = await postgresAccount(path)
    const dataDir = await prepareDataDir(path, account)
    const lock = lockDataDir(dataDir)
    try {
      const binaries = await locateBinaries(dataDir, account)
      const cluster = await ensureCluster(dataDir, binaries, account)
      const socketDir = await prepareSocketDir(cluster, account)
      const launch = () => launchPostmaster({ dataDir, binaries, cluster, account, socketDir }, options.settings ?? {})
      const postmaster = superviseChild(await launch(), launch, options.onUnexpectedExit ?? (() => undefined))
      const connection = { host: socketDir, user: clusterOwner, database: clusterOwner, password: cluster.password }
      let stopped: Promise<void> | undefined
      const end = async () => {
        try {
          await postmaster.stop()
          await rmdir(socketDir).catch(() => undefined)
        } finally {
          lock.release()
        }
      }
      return {
        connection,
        get pid() {
          return postmaster.pid()
        },
        stop: () => (stopped ??= end()),
      }
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    throw refusalOf(path, error)
  }
}

/** What the file system refuses (rights, space, a file where a directory should be) is for the operator to mend. */
function refusalOf(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error
  return new DatabaseRefusal('start_failed', `The embedded PostgreSQL cannot use ${path}: ${error.message}.`, {
    cause: error,
  })
}
