/** A real server process that a test may kill: `countersign serve` with an embedded database in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

export interface ServerProcess {
  readonly url: string
  readonly dataDir: string
  readonly rootToken: string
  /** Starts the program and waits until it answers. */
  start(env?: Readonly<Record<string, string>>): Promise<void>
  /** Ends it like a power cut would, as far as a process can be. */
  kill(): Promise<void>
  /** SIGTERM; answers the exit status. */
  terminate(): Promise<number | null>
  /** What it printed so far. */
  output(): string
  /** Kills it if need be and removes its directory. */
  dispose(): Promise<void>
}

/** @param env settings besides PORT, data directory and root's token */
export async function aServerProcess(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const scratch = await mkdtemp(join(tmpdir(), 'countersign-process-'))
  // Jobs of the built-in runner pass through here under an account of their own.
  await chmod(scratch, 0o711)
  const port = await freePort()
  const rootToken = 'glpat-root-token-of-a-process'
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | null = null
  let printed = ''
  const ended = async () => {
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    await new Promise<void>((resolve) => running.once('exit', () => resolve()))
  }
  return {
    url,
    dataDir: scratch,
    rootToken,
    async start(more = {}) {
      child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve'], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          PORT: String(port),
          COUNTERSIGN_DATA_DIR: scratch,
          COUNTERSIGN_ROOT_TOKEN: rootToken,
          COUNTERSIGN_LOG_LEVEL: 'warn',
          ...env,
          ...more,
        },
      })
      child.stdout?.on('data', (text: Buffer) => (printed += text.toString()))
      child.stderr?.on('data', (text: Buffer) => (printed += text.toString()))
      await answering(url, child, () => printed)
    },
    async kill() {
      child?.kill('SIGKILL')
      await ended()
    },
    async terminate() {
      child?.kill('SIGTERM')
      await ended()
      return child?.exitCode ?? null
    },
    output: () => printed,
    async dispose() {
      child?.kill('SIGKILL')
      await ended()
      if (env['DATABASE_URL'] === undefined) await stopDatabase(scratch)
      await rm(scratch, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function answering(url: string, child: ChildProcess, printed: () => string): Promise<void> {
  const end = Date.now() + 60_000
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${printed()}`)
    const response = await fetch(`${url}/-/readiness`).catch(() => null)
    if (response?.status === 200) return
    await delay(20)
  }
  throw new Error(`the server did not answer: ${printed()}`)
}

/** A killed server leaves PostgreSQL running until the next start; a test that ends there has to stop it. */
async function stopDatabase(dataDir: string): Promise<void> {
  const { startEmbedded } = await import('../../src/db/embedded.ts')
  const embedded = await startEmbedded(dataDir).catch(() => null)
  await embedded?.stop()
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
