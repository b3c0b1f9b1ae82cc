import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseRefusal } from './database-refusal.ts'
import type { EmbeddedConnection } from './embedded.ts'
import { clusterOwner } from './embedded-cluster.ts'
import { readPidFile } from './embedded-process.ts'

/** A server that is just starting may still recover its database. */
const readyLimitMs = 30_000

/**
 * How to connect to the PostgreSQL that a server has running on `<dataDir>/postgres`: for programs of the same account (or root)
 * beside the server. Call it when `startEmbedded` was refused with `data_dir_in_use`. Throws `DatabaseRefusal` when this account
 * may not read the connection's secret, or the server does not come up.
 */
export async function runningEmbedded(path: string): Promise<EmbeddedConnection> {
  try {
    const home = join(await realpath(path), 'postgres')
    const password = await readFile(join(home, 'password'), 'utf8')
    return { host: await socketDirectory(home), user: clusterOwner, database: clusterOwner, password }
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    const message = `Cannot reach the server's database in ${path}: ${cause.message}. Run this with the account that runs the server.`
    throw new DatabaseRefusal('unreachable', message, { cause })
  }
}

async function socketDirectory(home: string): Promise<string> {
  const deadline = Date.now() + readyLimitMs
  for (;;) {
    const file = await readPidFile(join(home, 'data'))
    if (file?.ready) return file.socketDir
    if (Date.now() > deadline) {
      throw new DatabaseRefusal('unreachable', `The server that uses ${home} has no running database.`)
    }
    await delay(50)
  }
}
