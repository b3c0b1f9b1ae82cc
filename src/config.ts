/** Settings from environment variables, checked all at once. README.md documents each; a test compares the two. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type ObjectStoreTarget, parseObjectStoreUrl } from './domain/object-store-url.ts'
import { err, ok, type Result } from './domain/result.ts'

export interface Config {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  /** Null: the embedded PostgreSQL in the data directory. */
  readonly databaseUrl: string | null
  /** Null: logs and artifacts are files in the data directory. */
  readonly objectStore: ObjectStoreTarget | null
  /** Without a slash at the end; null: where the server listens. */
  readonly externalUrl: string | null
  readonly rootPassword: string | null
  readonly rootToken: string | null
  /** How many jobs the built-in runner runs at once; 0: there is none. */
  readonly builtinRunners: number
  readonly logLevel: string
}

type Environment = Readonly<Record<string, string | undefined>>

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** Reads the settings; the error lists every problem, one sentence each. */
export function readConfig(env: Environment): Result<Config, readonly string[]> {
  const problems: string[] = []
  const text = (name: string) => (env[name] === undefined || env[name] === '' ? null : env[name])
  const integer = (name: string, fallback: number, min: number, max: number) => {
    const given = text(name)
    if (given === null) return fallback
    const value = /^\d+$/.test(given) ? Number(given) : Number.NaN
    if (value >= min && value <= max) return value
    problems.push(`${name} must be a whole number from ${min} to ${max}, not "${given}".`)
    return fallback
  }
  const port = integer('PORT', 8080, 0, 65_535)
  const host = text('HOST') ?? '127.0.0.1'
  const objectStoreUrl = text('COUNTERSIGN_OBJECT_STORE_URL')
  const objectStore = objectStoreUrl === null ? ok(null) : parseObjectStoreUrl(objectStoreUrl, env)
  if (!objectStore.ok) problems.push(objectStore.error)
  const config: Config = {
    port,
    host,
    dataDir: text('COUNTERSIGN_DATA_DIR') ?? defaultDataDir(env),
    databaseUrl: text('DATABASE_URL'),
    objectStore: objectStore.ok ? objectStore.value : null,
    externalUrl: text('COUNTERSIGN_EXTERNAL_URL')?.replace(/\/+$/, '') ?? null,
    rootPassword: text('COUNTERSIGN_ROOT_PASSWORD'),
    rootToken: text('COUNTERSIGN_ROOT_TOKEN'),
    builtinRunners: integer('COUNTERSIGN_BUILTIN_RUNNERS', 0, 0, 100),
    logLevel: text('COUNTERSIGN_LOG_LEVEL') ?? 'info',
  }
  problems.push(...valueProblems(config))
  return problems.length > 0 ? err(problems) : ok(Object.freeze(config))
}

function valueProblems(config: Config): string[] {
  const problems: string[] = []
  if (config.externalUrl !== null && !isUrl(config.externalUrl, ['http:', 'https:'])) {
    problems.push(`COUNTERSIGN_EXTERNAL_URL must be an http or https URL, not "${config.externalUrl}".`)
  } else if (config.externalUrl !== null && new URL(config.externalUrl).pathname !== '/') {
    problems.push('COUNTERSIGN_EXTERNAL_URL must not have a path: Countersign is served at the root of its host.')
  }
  if (config.databaseUrl !== null && !isUrl(config.databaseUrl, ['postgres:', 'postgresql:'])) {
    // The value may hold a password, so it is not repeated.
    problems.push('DATABASE_URL must be a postgres:// URL.')
  }
  if (config.rootPassword !== null && config.rootPassword.length < 8) {
    problems.push('COUNTERSIGN_ROOT_PASSWORD must have at least 8 characters.')
  }
  if (config.rootToken !== null && !/^[\w.=-]{20,255}$/.test(config.rootToken)) {
    problems.push(
      'COUNTERSIGN_ROOT_TOKEN must have 20 to 255 characters out of letters, digits, "_", "-", "." and "=".',
    )
  }
  if (!logLevels.includes(config.logLevel)) {
    problems.push(`COUNTERSIGN_LOG_LEVEL must be one of ${logLevels.join(', ')}, not "${config.logLevel}".`)
  }
  return problems
}

/** As root the system's place for state, otherwise the user's (XDG base directories). */
function defaultDataDir(env: Environment): string {
  if (process.geteuid?.() === 0) return '/var/lib/countersign'
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'countersign')
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  // A PostgreSQL URL may leave its host to the query (`postgres://me@/db?host=/run`), which URL refuses beside a user.
  const url = URL.parse(text.replace('@/', '@localhost/'))
  return url !== null && protocols.includes(url.protocol)
}
