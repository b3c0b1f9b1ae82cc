/** Runs the real program as a person or a script would: another process, its own home, no terminal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const mainFile = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts')

/** Shared by all runs, for these are many short ones. */
const compileCache = join(tmpdir(), 'countersign-test-compile-cache')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Given on standard input, which is then at its end; without it there is none. */
  readonly input?: string | Buffer
  /** More may follow the input, so it has no end. */
  readonly inputStaysOpen?: true
  readonly cwd?: string
  /** Arguments of node itself. */
  readonly node?: readonly string[]
}

export interface Running {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  readonly ended: Promise<Ended>
}

/** Starts it. Nothing of this process's environment but PATH is handed on. */
export function start(
  args: readonly string[],
  { env, input, inputStaysOpen, cwd, node = [] }: RunOptions = {},
): Running {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...node, mainFile, ...args], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', NODE_COMPILE_CACHE: compileCache, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdin?.on('error', () => undefined)
  if (inputStaysOpen) child.stdin?.write(input ?? '')
  else child.stdin?.end(input)
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString()
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout: text(stdout), stderr: text(stderr) }))
  })
  return { child, stdout: () => text(stdout), stderr: () => text(stderr), ended }
}

/** Runs it to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended
}

/** The environment with which commands speak to a server as somebody. */
export function as(who: { readonly token: string } | string, server: { readonly url: string }): Record<string, string> {
  return { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: typeof who === 'string' ? who : who.token }
}

/** An address of this machine on which nobody listens. */
export function deadUrl(): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      probe.close(() => resolve(`http://127.0.0.1:${port}`))
    })
  })
}

/** A directory of the test's own, and its removal. */
export async function scratchDir(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'countersign-cli-test-'))
  // As root, PostgreSQL and jobs run as other accounts, which must be able to reach their directories.
  await chmod(path, 0o711)
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** One sentence: what a person gets to read when a command does not do what it was asked. */
export const oneSentence = /^[^\n]+\n$/
