/** The built-in runner of a server: a runner like any other, registered for the whole instance, on this machine. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { App } from '../app/context.ts'
import { releaseMachine } from '../app/release-machine.ts'
import { newToken } from '../db/digest.ts'
import { insertRunner, runnerByToken } from '../db/runners.ts'
import { inTransaction } from '../db/transaction.ts'
import { accountNotice, defaultJobAccount } from '../runner/account.ts'
import type { RunnerOptions, RunningRunner } from '../runner/options.ts'
import { startRunner } from '../runner/start-runner.ts'
import { loadSystemId } from '../runner/system-id.ts'
import { version } from '../version.ts'

/** The built-in runner cannot start. */
export class RunnerRefusal extends Error {}

export interface BuiltinRunner {
  readonly accountNotice: string
  stop(graceful: boolean): Promise<void>
}

export interface BuiltinOptions {
  readonly dataDir: string
  /** Of the server, as this machine reaches it. */
  readonly url: string
  readonly concurrency: number
}

export async function startBuiltinRunner(app: App, options: BuiltinOptions): Promise<BuiltinRunner> {
  const stateDir = join(options.dataDir, 'runner')
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const { token, runnerId } = await ownRunner(app, join(stateDir, 'token'))
  // Nobody else uses this identity: whatever this machine had when it went down is lost, and must not wait for a time-out.
  await releaseMachine(app, runnerId, await loadSystemId(stateDir))
  const jobAccount = defaultJobAccount()
  const runner = await startOrRefuse({
    url: options.url,
    token,
    concurrency: options.concurrency,
    name: 'countersign-builtin',
    version,
    stateDir,
    buildsDir: join(options.dataDir, 'builds'),
    jobAccount,
    logger: app.log,
  })
  return { accountNotice: accountNotice(jobAccount), stop: (graceful) => runner.stop(graceful) }
}

/** What the runner cannot use is for the operator to mend: its message says so in one sentence. */
async function startOrRefuse(options: RunnerOptions): Promise<RunningRunner> {
  try {
    return await startRunner(options)
  } catch (cause) {
    throw new RunnerRefusal(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** The runner of this machine: its token is kept beside its state, readable by the server alone. */
async function ownRunner(app: App, path: string): Promise<{ token: string; runnerId: number }> {
  const kept = await readFile(path, 'utf8').catch(() => null)
  const known = kept === null ? null : await runnerByToken(app.db, kept)
  if (kept !== null && known) return { token: kept, runnerId: known.id }
  const token = newToken('glrt-')
  const runnerId = await inTransaction(app.db, (tx) =>
    insertRunner(tx, {
      type: 'instance_type',
      ownerId: null,
      token,
      description: `Built-in runner on ${hostname()}`,
      maintenanceNote: null,
      paused: false,
      locked: false,
      runUntagged: true,
      accessLevel: 'not_protected',
      maximumTimeout: null,
      tags: [],
      registration: 'authenticated_user',
      creatorId: null,
    }),
  )
  await writeFile(path, token, { mode: 0o600 })
  return { token, runnerId }
}
