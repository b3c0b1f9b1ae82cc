/** Puts a whole server together from its settings, and takes it apart again without losing anything. */
import { mkdir } from 'node:fs/promises'
import { bootstrapRoot } from '../app/bootstrap.ts'
import { recoverPushes } from '../app/recover-pushes.ts'
import type { Config } from '../config.ts'
import { startEmbedded } from '../db/embedded.ts'
import type { UnexpectedExit } from '../db/embedded-process.ts'
import { migrate } from '../db/migrate.ts'
import { closeDatabase, openDatabase } from '../db/open.ts'
import type { Target } from '../db/target.ts'
import { gitProblem } from '../git/git-version.ts'
import { buildServer, closeApp, closeServer, createApp } from '../http/build.ts'
import { createLog, type Log } from '../log.ts'
import { tasks } from '../worker/tasks.ts'
import { startWorker } from '../worker/worker.ts'
import { settleRestore } from './backup/settle-restore.ts'
import { startBuiltinRunner } from './builtin-runner.ts'

export interface RunningServer {
  readonly url: string
  /** Root's password when it was generated at this start; it is shown once and never again. */
  readonly generatedPassword: string | null
  /** What jobs of the built-in runner run as; null without one. */
  readonly accountNotice: string | null
  /** Finishes what has begun, then ends. `now` ends running jobs too. */
  stop(now: boolean): Promise<void>
}

/** Something is missing on this machine, as a sentence for the operator. */
export class MachineRefusal extends Error {}

/** Starts a server. Throws DatabaseRefusal, MachineRefusal and other sentences for the operator; what had been started is ended then. */
export async function serve(config: Config, log: Log = createLog(config.logLevel)): Promise<RunningServer> {
  const closers: (() => Promise<void>)[] = []
  try {
    return await start(config, log, closers)
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

/** In the order of starting; what was started last is ended first. */
async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (let close = closers.pop(); close; close = closers.pop()) await close()
}

async function start(config: Config, log: Log, closers: (() => Promise<void>)[]): Promise<RunningServer> {
  let stopping = false
  const problem = await gitProblem()
  if (problem !== null) throw new MachineRefusal(problem)
  const { dataDir } = config
  // Others may pass through to the builds of jobs; each directory inside decides who reads it.
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  const embedded = config.databaseUrl === null ? await startEmbedded(dataDir, embeddedOptions(log)) : null
  if (embedded) closers.push(() => embedded.stop())
  const target: Target = embedded
    ? { kind: 'embedded', connection: embedded.connection }
    : { kind: 'url', url: config.databaseUrl ?? '' }
  const db = await openDatabase(target, {
    onConnectionError: (error) => {
      if (!stopping) log.warn({ reason: error.message }, 'database connection lost')
    },
  })
  closers.push(() => {
    stopping = true
    return closeDatabase(db)
  })
  const { applied } = await migrate(db)
  if (applied.length > 0) log.info({ applied }, 'database migrated')
  // Before anything reads a file: a restore that was cut off may not have put its files in place yet.
  await settleRestore(db, dataDir)
  const externalUrl = config.externalUrl ?? publicUrl(config.host, config.port)
  const app = await createApp({ db, target, dataDir, log, externalUrl, objectStore: config.objectStore })
  closers.push(() => closeApp(app))
  const { generatedPassword } = await bootstrapRoot(app, { password: config.rootPassword, token: config.rootToken })
  // Alone on its database, a server knows that nobody else is about to settle a push.
  if (embedded) await recoverPushes(app, 0)
  const server = buildServer(app)
  const address = await server.listen({ host: config.host, port: config.port })
  closers.push(() => {
    app.stopHolding()
    return closeServer(server)
  })
  // With PORT 0 the port is known only now; nothing has been answered yet.
  if (config.externalUrl === null) app.setExternalUrl(publicUrl(config.host, Number(new URL(address).port)))
  const worker = startWorker(app, tasks)
  closers.push(() => worker.stop())
  const { builtinRunners: concurrency } = config
  const runner =
    concurrency > 0 ? await startBuiltinRunner(app, { dataDir, url: localUrl(config, address), concurrency }) : null
  log.info({ address, dataDir, database: embedded ? 'embedded' : 'external' }, 'ready')
  let stopped: Promise<void> | undefined
  return {
    url: app.externalUrl,
    generatedPassword,
    accountNotice: runner?.accountNotice ?? null,
    async stop(now) {
      // Asked again, or at once: running jobs are ended instead of waited for.
      const ended = runner?.stop(!now)
      stopped ??= (async () => {
        await ended
        await closeAll(closers)
      })()
      await stopped
    },
  }
}

/** Links for people: the address the server listens on, or this machine's name for itself when it listens on all of them. */
function publicUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

/** The built-in runner reaches its server on this machine, whatever the outside calls it. */
function localUrl(config: Config, address: string): string {
  const { port } = new URL(address)
  const host = config.host === '0.0.0.0' ? '127.0.0.1' : config.host === '::' ? '[::1]' : config.host
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
}

function embeddedOptions(log: Log) {
  return {
    onUnexpectedExit: (exit: UnexpectedExit) => {
      log.error({ ...exit }, 'the embedded PostgreSQL ended by itself')
      // Nothing can be promised without a database: the operator's supervisor starts everything anew.
      if (!exit.restarted) process.exit(1)
    },
  }
}
