import type { JobAccount } from './account.ts'

/** The part of a pino logger that the runner uses. */
export interface RunnerLogger {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** Milliseconds. Defaults suit production; tests shorten them. */
export interface RunnerTiming {
  /** Pause after an answer without a job that came at once; a server that holds the request makes this irrelevant. */
  readonly poll: number
  /** Longest wait for the answer of a held job request. */
  readonly requestTimeout: number
  /** Between two pieces of log, until the server asks for another interval. */
  readonly traceInterval: number
  /** Silence after which the server is told that the job is alive (GitLab Runner: 30 s). */
  readonly keepAlive: number
  /** First pause after a failed call; it doubles with each further failure. */
  readonly retry: number
  readonly retryMax: number
  /** From SIGTERM to SIGKILL when a step is canceled or timed out. */
  readonly killGrace: number
}

export const DEFAULT_TIMING: RunnerTiming = {
  poll: 1000,
  requestTimeout: 90_000,
  traceInterval: 500,
  keepAlive: 30_000,
  retry: 1000,
  retryMax: 60_000,
  killGrace: 10_000,
}

export interface RunnerOptions {
  /** Base URL of the server, without `/api/v4`. */
  readonly url: string
  /** The runner's authentication token (`glrt-…`). */
  readonly token: string
  /** Jobs at the same time. */
  readonly concurrency: number
  /** Shown in logs. */
  readonly name: string
  readonly version: string
  /** Private: identity, caches, records of running jobs. Created with mode 0700. */
  readonly stateDir: string
  /** Working directories, one per slot. With a job account, that account must be able to reach it. */
  readonly buildsDir: string
  /** null: jobs run under the runner's own account. */
  readonly jobAccount: JobAccount | null
  readonly logger: RunnerLogger
  /** Aborting is `stop(false)`. */
  readonly signal?: AbortSignal
  /** PATH of jobs. */
  readonly path?: string
  /** Bytes of log per job (GitLab Runner's output_limit: 4 MiB). */
  readonly outputLimit?: number
  readonly timing?: Partial<RunnerTiming>
}

export interface RunningRunner {
  readonly systemId: string
  /** Stops asking for jobs, then waits for the running ones (`graceful`) or ends them as failed. Resolves when all is over. */
  stop(graceful: boolean): Promise<void>
}

export const DEFAULT_OUTPUT_LIMIT = 4 * 1024 * 1024

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The PATH that jobs get by default: system directories, and on macOS the package manager's. */
export function defaultJobPath(platform: NodeJS.Platform = process.platform): string {
  return platform === 'darwin' ? `/opt/homebrew/bin:${SYSTEM_PATH}` : SYSTEM_PATH
}
