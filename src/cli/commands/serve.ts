/** `countersign serve`: runs the server until it is told to stop. */
import type { Command } from 'commander'
import { ObjectStoreRefusal } from '../../blobs/open-store.ts'
import { readConfig } from '../../config.ts'
import { DatabaseRefusal } from '../../db/database-refusal.ts'
import { createLog } from '../../log.ts'
import { RunnerRefusal } from '../builtin-runner.ts'
import { MachineRefusal, type RunningServer, serve } from '../serve.ts'
import { withExample } from './options.ts'

export function configureServe(command: Command): void {
  command.description('Run the server. Its settings are environment variables, described in the README.')
  withExample(command, 'PORT=8080 COUNTERSIGN_DATA_DIR=/srv/countersign countersign serve').action(() => run())
}

async function run(): Promise<void> {
  const config = readConfig(process.env)
  if (!config.ok) {
    fail(['Countersign cannot start with these settings:', ...config.error.map((problem) => `  ${problem}`)].join('\n'))
    return
  }
  const log = createLog(config.value.logLevel)
  let server: RunningServer
  try {
    server = await serve(config.value, log)
  } catch (error) {
    const expected = sentenceFor(error, config.value.port)
    if (expected === null) throw error
    fail(expected)
    return
  }
  process.stdout.write(`Countersign is ready at ${server.url}\n`)
  if (server.generatedPassword !== null) {
    process.stdout.write(`Sign in as root with password ${server.generatedPassword} (shown this once)\n`)
  }
  if (server.accountNotice !== null) process.stdout.write(`${server.accountNotice}\n`)
  stopOnSignals(server)
}

/** The first signal drains: running jobs may end. The second does not wait for them. */
function stopOnSignals(server: RunningServer): void {
  let asked = 0
  const onSignal = () => {
    asked += 1
    const stopping = asked === 1 ? server.stop(false) : server.stop(true)
    stopping.then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`Stopping failed: ${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
}

function sentenceFor(error: unknown, port: number): string | null {
  const sentences = [DatabaseRefusal, RunnerRefusal, MachineRefusal, ObjectStoreRefusal]
  if (error instanceof Error && sentences.some((sentence) => error instanceof sentence)) return error.message
  if (!(error instanceof Error) || !('code' in error)) return null
  if (error.code === 'EADDRINUSE') return `Port ${port} is in use by another program: set PORT to another one.`
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'ENOSPC' || error.code === 'EROFS')
    return error.message
  return null
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
