/** Puts a whole server together from its settings, and takes it apart again without losing anything. */
import { mkdir } from 'node:fs/promises'
import { bootstrapRoot } from '../app/bootstrap.ts'
import { recoverPushes } from '../app/recover-pushes.ts'
import type { Config } from '../config.ts'
import { type EmbeddedPostgres, startEmbedded } from '../db/embedded.ts'
import { migrate } from '../db/migrate.ts'
import { closeDatabase, openDatabase } from '../db/open.ts'
import type { Target } from '../db/target.ts'
import { gitProblem } from '../git/git-version.ts'
import { buildServer, closeApp, closeServer, createApp } from '../http/build.ts'
import { createLog, type Log } from '../log.ts'
import { tasks } from '../worker/tasks.ts'
import { startWorker } from '../worker/worker.ts'
import { type BuiltinRunner, startBuiltinRunner } from './builtin-runner.ts'

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

/** Starts a server. Throws DatabaseRefusal, MachineRefusal and other sentences for the operator. */
export async function serve(config: Config, log: Log = createLog(config.logLevel)): Promise<RunningServer> {
  const problem = await gitProblem()
  if (problem !== null) throw new MachineRefusal(problem)
  // Others may pass through to the builds of jobs; each directory inside decides who reads it.
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 })
  const embedded = config.databaseUrl === null ? await startEmbedded(config.dataDir, embeddedOptions(log)) : null
  const target: Target = embedded
    ? { kind: 'embedded', connection: embedded.connection }
    : { kind: 'url', url: config.databaseUrl ?? '' }
  try {
    return await serveOn(config, log, target, embedded)
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

async function serveOn(
  config: Config,
  log: Log,
  target: Target,
  embedded: EmbeddedPostgres | null,
): Promise<RunningServer> {
  const db = await openDatabase(target, {
    onConnectionError: (error) => log.warn({ err: error }, 'database connection lost'),
  })
  const { applied } = await migrate(db)
  if (applied.length > 0) log.info({ applied }, 'database migrated')
  const { dataDir } = config
  const app = await createApp({
    db,
    target,
    dataDir,
    log,
    externalUrl: config.externalUrl ?? publicUrl(config.host, config.port),
  })
  const { generatedPassword } = await bootstrapRoot(app, { password: config.rootPassword, token: config.rootToken })
  // Alone on its database, a server knows that nobody else is about to settle a push.
  if (embedded) await recoverPushes(app, 0)
  const server = buildServer(app)
  const address = await server.listen({ host: config.host, port: config.port })
  // With PORT 0 the port is known only now; nothing has been answered yet.
  if (config.externalUrl === null) app.setExternalUrl(publicUrl(config.host, Number(new URL(address).port)))
  const worker = startWorker(app, tasks)
  const runner: BuiltinRunner | null =
    config.builtinRunners > 0
      ? await startBuiltinRunner(app, { dataDir, url: localUrl(config, address), concurrency: config.builtinRunners })
      : null
  log.info({ address, dataDir, database: embedded ? 'embedded' : 'external' }, 'ready')
  let stopped: Promise<void> | undefined
  const stop = async (now: boolean) => {
    await runner?.stop(!now)
    app.stopHolding()
    await closeServer(server)
    await worker.stop()
    await closeApp(app)
    await closeDatabase(db)
    await embedded?.stop()
  }
  return {
    url: app.externalUrl,
    generatedPassword,
    accountNotice: runner?.accountNotice ?? null,
    stop: (now) => (stopped ??= stop(now)),
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
    onUnexpectedExit: (exit: object) => log.error(exit, 'the embedded PostgreSQL ended by itself'),
  }
}
