import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Account, giveTo } from './embedded-account.ts'
import type { Binaries } from './embedded-binaries.ts'

/** PostgreSQL's files: `home` holds `data/` (the cluster) and `password`; only PostgreSQL's account may enter it. */
export type Cluster = { readonly home: string; readonly data: string; readonly password: string }

/** The role and the database of Countersign. The role is no superuser: it cannot run programs or read files on the machine. */
export const clusterOwner = 'countersign'

/** Only the C locale's messages, no PG* settings of the caller, and none of the server's own secrets. */
export const postgresEnv: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/**
 * Opens the cluster under `<dataDir>/postgres`, making it first when there is none. It is made under another name and renamed
 * when complete, so that being killed half-way leaves nothing that looks like a cluster. Call it with the directory's lock held.
 */
export async function ensureCluster(
  dataDir: string,
  binaries: Binaries,
  account: Account | undefined,
): Promise<Cluster> {
  const home = join(dataDir, 'postgres')
  const data = join(home, 'data')
  await removeHalfMade(dataDir)
  const found = await readIfThere(join(data, 'PG_VERSION'))
  if (found === undefined) await createCluster(dataDir, home, binaries, account)
  else if (found.trim() !== binaries.major) {
    throw new DatabaseRefusal(
      'cluster_version',
      `${data} belongs to PostgreSQL ${found.trim()}, and this Countersign brings ${binaries.major}: make a backup with the version that wrote it and restore it here.`,
    )
  }
  return { home, data, password: await readFile(join(home, 'password'), 'utf8') }
}

async function removeHalfMade(dataDir: string): Promise<void> {
  const names = (await readdir(dataDir)).filter((name) => name.startsWith('postgres.new-'))
  // An initdb that outlived its killed server may be writing there still; then a later start removes it.
  for (const name of names) await rm(join(dataDir, name), { recursive: true, force: true }).catch(() => undefined)
}

async function createCluster(dataDir: string, home: string, binaries: Binaries, account: Account | undefined) {
  const temporary = await mkdtemp(join(dataDir, 'postgres.new-'))
  await chmod(temporary, 0o700)
  const data = join(temporary, 'data')
  const passwordPath = join(temporary, 'password')
  const password = randomBytes(24).toString('base64url')
  await mkdir(data, { mode: 0o700 })
  await writeFile(passwordPath, password, { mode: 0o600 })
  for (const path of [passwordPath, data, temporary]) await giveTo(account, path)
  // PostgreSQL's own locale: the same order on every machine, so that a system upgrade cannot corrupt an index.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const initdb = ['-D', data, '-U', 'postgres', '--auth=reject', '--no-instructions', ...locale]
  await run(join(binaries.directory, 'bin', 'initdb'), initdb, account, '')
  // The only way in: nobody can connect as the superuser.
  await writeFile(join(data, 'pg_hba.conf'), `local all ${clusterOwner} scram-sha-256\n`)
  const owner = `create role ${clusterOwner} login createdb password '${password}'\n`
  const database = `create database ${clusterOwner} owner ${clusterOwner}\n`
  const single = ['--single', '-D', data, '-c', 'exit_on_error=on', 'postgres']
  await run(join(binaries.directory, 'bin', 'postgres'), single, account, owner + database)
  await rename(temporary, home)
}

async function run(program: string, args: string[], account: Account | undefined, input: string): Promise<void> {
  const child = spawn(program, args, {
    ...account,
    cwd: '/',
    env: postgresEnv,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin.on('error', () => undefined) // a program that ends early answers by its exit code
  child.stdin.end(input)
  const [stderr, code] = await Promise.all([text(child.stderr), exitCode(child)])
  if (code === 0) return
  throw new DatabaseRefusal('start_failed', `${program} failed: ${stderr.trim() || `exit code ${code}`}`)
}

async function exitCode(child: ReturnType<typeof spawn>): Promise<number | null> {
  try {
    const [code] = await once(child, 'close')
    return typeof code === 'number' ? code : null
  } catch (cause) {
    throw new DatabaseRefusal(
      'no_embedded_postgres',
      `The PostgreSQL that comes with Countersign cannot run on this system (it needs glibc on Linux): set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause },
    )
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
