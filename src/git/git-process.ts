import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

/** What a git process needs to know about a repository: its bare directory and an empty directory to use as HOME. */
export type GitDirectory = { readonly path: string; readonly home: string }

/** A git process that failed in a way no caller expected. `stderr` is what it said, bounded. */
export class GitError extends Error {
  readonly code: number | null
  readonly stderr: string

  constructor(args: readonly string[], code: number | null, stderr: string, reason?: string) {
    super(`git ${args[0] ?? ''} ${reason ?? `ended with status ${code}`}: ${stderr.trim()}`)
    this.name = 'GitError'
    this.code = code
    this.stderr = stderr
  }
}

/**
 * Settings every git process runs with. They travel in the environment and not in the repositories' config files, so
 * that a repository made by an older version, or restored from a backup, is served under the present rules.
 */
const settings: readonly (readonly [string, string])[] = [
  // The data directory may belong to another account than the server's; only paths that we computed are ever opened.
  ['safe.directory', '*'],
  ['core.hooksPath', '/dev/null'],
  ['core.attributesFile', '/dev/null'],
  // An acknowledged push must survive a crash of the machine, and git's default leaves loose objects and refs unsynced.
  ['core.fsync', 'objects,derived-metadata,reference'],
  ['core.quotePath', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  // Two pushes to different refs must not fail only because both wanted the same lock for a moment.
  ['core.filesRefLockTimeout', '5000'],
  ['core.packedRefsTimeout', '5000'],
  ['core.bigFileThreshold', '50m'],
  ['pack.windowMemory', '100m'],
  // A detached collection would outlive the request that started it; `collectGarbage` runs it in the open.
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['receive.autogc', 'false'],
  ['receive.advertisePushOptions', 'true'],
  ['receive.denyNonFastForwards', 'false'],
  ['receive.denyDeletes', 'false'],
  ['receive.hideRefs', 'refs/pipelines'],
  ['receive.fsckObjects', 'true'],
  // Harmless defects that old tools left in many real histories; refusing them would make those impossible to push.
  ['receive.fsck.badTimezone', 'ignore'],
  ['receive.fsck.missingSpaceBeforeDate', 'ignore'],
  ['receive.fsck.zeroPaddedFilemode', 'ignore'],
  // A runner fetches the commit of its job by its id when the branch has moved on.
  ['uploadpack.allowAnySHA1InWant', 'false'],
  ['uploadpack.allowReachableSHA1InWant', 'true'],
  ['uploadpack.allowFilter', 'true'],
]

/**
 * The complete environment of a git process: nothing is inherited but PATH, so no `GIT_*` variable, no user's or
 * system's configuration and no locale can change what a repository answers.
 */
export function gitEnvironment(dir: GitDirectory, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: dir.home,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_DIR: dir.path,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    // Paths come from users and mean themselves: no globs, no `:(magic)`.
    GIT_LITERAL_PATHSPECS: '1',
    GIT_CONFIG_COUNT: String(settings.length),
    ...extra,
  }
  for (const [index, [key, value]] of settings.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return environment
}

/**
 * Starts a git process on a repository; all three streams are pipes. A missing program arrives as the child's 'error'.
 * With `ownGroup` it leads a process group, so that it can be stopped together with the programs it starts.
 *
 * @throws when the system has no file descriptors left for the pipes.
 */
export function spawnGit(
  dir: GitDirectory,
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
  options: { readonly ownGroup?: boolean } = {},
): ChildProcessWithoutNullStreams {
  const detached = options.ownGroup ?? false
  const child = spawn('git', args, { cwd: dir.home, env: gitEnvironment(dir, extra), windowsHide: true, detached })
  // Node then has no pipes to give, whatever its types say, and would report an error that nobody can listen for yet.
  if (!Object.hasOwn(child, 'stdin') || !child.stdin) {
    child.on('error', () => {})
    throw new Error('git cannot be started: the system has no resources for another process')
  }
  // A child that ends before it has read its input makes the pipe fail; its exit status tells the story.
  child.stdin.on('error', () => {})
  return child
}

export type RunOptions = {
  readonly input?: Buffer | string
  /** Bytes of standard output that are kept; the process is stopped when it writes more. Default 64 MiB. */
  readonly maxBytes?: number
  /** What to do with more output than `maxBytes`: fail, or keep the beginning and say so. Default fail. */
  readonly onOverflow?: 'fail' | 'truncate'
  /** Milliseconds until the process is stopped and the call fails. Default 60,000. */
  readonly timeout?: number
  readonly env?: Readonly<Record<string, string>>
  /** Exit statuses that are answers and not failures. Default `[0]`. */
  readonly expect?: readonly number[]
  /** Stops the process, and whatever it started, and makes the call fail. */
  readonly signal?: AbortSignal
}

export type RunResult = {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
  /** True when the output was longer than `maxBytes` and `onOverflow` is 'truncate'. */
  readonly truncated: boolean
}

/**
 * Runs git to its end and collects its output within bounds.
 *
 * @throws GitError when the status is not expected, the time is over, the signal came, or the output is longer than
 * allowed.
 */
export async function runGit(dir: GitDirectory, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const maxBytes = options.maxBytes ?? 64 * 1024 * 1024
  const { signal } = options
  const child = spawnGit(dir, args, options.env, { ownGroup: signal !== undefined })
  const stderr = boundedText(child.stderr)
  const chunks: Buffer[] = []
  let size = 0
  let stopped: 'overflow' | 'timeout' | 'signal' | null = null
  const stop = (reason: NonNullable<typeof stopped>) => {
    stopped ??= reason
    if (signal === undefined) child.kill('SIGTERM')
    else stopGroup(child)
  }
  const timer = setTimeout(() => stop('timeout'), options.timeout ?? 60_000)
  const onSignal = () => stop('signal')
  if (signal?.aborted) onSignal()
  signal?.addEventListener('abort', onSignal, { once: true })
  child.stdout.on('data', (chunk: Buffer) => {
    if (stopped) return
    const room = maxBytes - size
    chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    size += Math.min(chunk.length, room)
    if (chunk.length > room) stop('overflow')
  })
  child.stdin.end(options.input ?? '')
  const code = await exitOf(child).finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onSignal)
  })
  const reason = stopped as 'overflow' | 'timeout' | 'signal' | null
  if (reason === 'timeout') throw new GitError(args, code, stderr(), 'took too long')
  if (reason === 'signal') throw new GitError(args, code, stderr(), 'was stopped')
  if (reason === 'overflow') {
    if (options.onOverflow !== 'truncate') throw new GitError(args, code, stderr(), 'wrote too much')
    return { code: 0, stdout: Buffer.concat(chunks), stderr: stderr(), truncated: true }
  }
  if (code === null || !(options.expect ?? [0]).includes(code)) throw new GitError(args, code, stderr())
  return { code, stdout: Buffer.concat(chunks), stderr: stderr(), truncated: false }
}

function stopGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGTERM')
  } catch {
    // It ended a moment ago.
  }
}

/** Resolves with the exit status once the process has ended and its output is read; null when a signal ended it. */
export function exitOf(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code))
  })
}

/** Keeps the first 16 KiB of a stream as text, reads the rest to its end, and returns what it has when asked. */
export function boundedText(stream: NodeJS.ReadableStream): () => string {
  const limit = 16 * 1024
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    if (size >= limit) return
    chunks.push(chunk.subarray(0, limit - size))
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}
