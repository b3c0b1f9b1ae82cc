import type { Readable } from 'node:stream'
import type { ProcessEnd, Sandbox } from './sandbox.ts'
import { completeScript, findShell, shellArguments } from './shell-script.ts'

/**
 * Runs lines of shell as one process of the job, stopping at the first command that fails.
 * `interrupt` ends it in order (SIGTERM, then SIGKILL after `killGrace` ms), `abort` at once.
 */
export async function runShell(
  sandbox: Sandbox,
  options: {
    readonly lines: readonly string[]
    readonly cwd: string
    readonly env: Readonly<Record<string, string>>
    readonly interrupt: AbortSignal
    readonly abort: AbortSignal
    readonly killGrace: number
    readonly onOutput: (output: Buffer) => void
  },
): Promise<ProcessEnd> {
  if (options.interrupt.aborted || options.abort.aborted) return { code: null, signal: 'SIGKILL', failure: null }
  const shell = findShell(options.env.PATH ?? '')
  const { child, ended } = sandbox.spawn(shell.file, shellArguments(shell.name), {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  child.stdout?.on('data', options.onOutput)
  child.stderr?.on('data', options.onOutput)
  const input = child.stdio[3]
  if (input !== null && input !== undefined && 'end' in input) {
    // The shell may be killed before it has read everything.
    input.on('error', () => {})
    input.end(completeScript(options.lines))
  }
  const interrupt = (): void => void sandbox.end(options.killGrace)
  const abort = (): void => void sandbox.end(0)
  options.interrupt.addEventListener('abort', interrupt, { once: true })
  options.abort.addEventListener('abort', abort, { once: true })
  try {
    return await ended
  } finally {
    options.interrupt.removeEventListener('abort', interrupt)
    options.abort.removeEventListener('abort', abort)
  }
}

/** All bytes of a stream. */
export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks)
}
