/** Everything a server stores, opened beside a running server or without one. */
import { access, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { DatabaseRefusal } from '../../db/database-refusal.ts'
import { startEmbedded } from '../../db/embedded.ts'
import { runningEmbedded } from '../../db/embedded-running.ts'
import { closeDatabase, type Db, openDatabase } from '../../db/open.ts'
import type { Target } from '../../db/target.ts'
import { refused } from '../failure.ts'

export interface Storage {
  readonly db: Db
  readonly dataDir: string
  /** A server is at work on it: certainly with its embedded database, perhaps with another one. */
  readonly serverRuns: 'yes' | 'no' | 'perhaps'
  close(): Promise<void>
}

/** Directories below the data directory whose content belongs to a backup. Runners' state and builds do not. */
export const storedDirectories = ['repositories', 'blobs'] as const

/** To read. @throws CommandFailure when there is nothing, DatabaseRefusal when it cannot be reached */
export async function openStorage(config: Config): Promise<Storage> {
  const { dataDir, databaseUrl } = config
  if (databaseUrl === null && !(await exists(join(dataDir, 'postgres')))) {
    // Starting the embedded database would make an empty one there.
    throw refused(
      `There is no Countersign in ${dataDir}: set COUNTERSIGN_DATA_DIR, or DATABASE_URL, as for the server.`,
    )
  }
  return open(config)
}

/** To write: makes the data directory and the database when there are none. */
export async function createStorage(config: Config): Promise<Storage> {
  const { dataDir } = config
  const owner = await stat(dataDir).catch(() => null)
  const self = process.geteuid?.()
  if (owner !== null && self !== undefined && owner.uid !== self) {
    // What this account writes, the server could not change.
    throw refused(
      `${dataDir} belongs to another account (uid ${owner.uid}): run this with the account that runs the server.`,
    )
  }
  // Others may pass through to the builds of jobs; each directory inside decides who reads it.
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  return open(config)
}

async function open({ dataDir, databaseUrl }: Config): Promise<Storage> {
  if (databaseUrl !== null) return connect({ kind: 'url', url: databaseUrl }, dataDir, 'perhaps')
  const started = await startEmbedded(dataDir).catch((error: unknown) => {
    if (error instanceof DatabaseRefusal && error.code === 'data_dir_in_use') return null
    throw error
  })
  if (started === null) return connect({ kind: 'embedded', connection: await runningEmbedded(dataDir) }, dataDir, 'yes')
  try {
    return await connect({ kind: 'embedded', connection: started.connection }, dataDir, 'no', () => started.stop())
  } catch (error) {
    await started.stop()
    throw error
  }
}

async function connect(
  target: Target,
  dataDir: string,
  serverRuns: Storage['serverRuns'],
  after: () => Promise<void> = () => Promise.resolve(),
): Promise<Storage> {
  const db = await openDatabase(target, { poolSize: 4 })
  const close = async () => {
    await closeDatabase(db)
    await after()
  }
  return { db, dataDir, serverRuns, close }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false
      throw refused(`Cannot read ${path}: ${error.message}.`, { cause: error })
    },
  )
}
