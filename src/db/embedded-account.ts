import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, parse, sep } from 'node:path'
import { DatabaseRefusal } from './database-refusal.ts'

/** An account PostgreSQL's programs run as. */
export type Account = { readonly uid: number; readonly gid: number }

/** `nobody`: it exists everywhere, and initdb needs an account with an entry in the user database. */
const nobody: Account = { uid: 65534, gid: 65534 }

/**
 * The account to drop to, because PostgreSQL refuses to run as root: the one that owns the cluster already, else `nobody`.
 * Undefined when the server's own account will do.
 */
export async function postgresAccount(dataDir: string): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  const owner = await stat(join(dataDir, 'postgres')).catch(() => undefined)
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody
}

/** Gives one file or directory to the account; does nothing when there is none. */
export async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account) await chown(path, account.uid, account.gid)
}

/** The first directory on the way to `path` (itself included) that the account may not enter, by mode bits. */
export async function firstUnreachable(path: string, account: Account): Promise<string | undefined> {
  const { root } = parse(path)
  let directory = root
  for (const part of ['', ...path.slice(root.length).split(sep)]) {
    directory = join(directory, part)
    const { mode, uid, gid } = await stat(directory)
    const search = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & search) === 0) return directory
  }
  return undefined
}

/**
 * Makes the data directory, mode 0700, and returns its real path. As root it must let PostgreSQL's account through to its own
 * subdirectory: a directory that nobody but root may enter gets that account's group and mode 0710, so that every other
 * account stays outside. Directories above it are not ours to change.
 */
export async function prepareDataDir(path: string, account: Account | undefined): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await mkdir(path, { recursive: true, mode: 0o700 })
  const dataDir = await realpath(path)
  if (!account) return dataDir
  const { mode, uid } = await stat(dataDir)
  if (uid === 0 && (mode & 0o077) === 0) {
    await chown(dataDir, 0, account.gid)
    await chmod(dataDir, 0o710)
  }
  const closed = await firstUnreachable(dataDir, account)
  if (closed === undefined) return dataDir
  throw new DatabaseRefusal(
    'data_dir_unreachable',
    `PostgreSQL refuses to run as root and uid ${account.uid} cannot enter ${closed}: run chmod o+x ${closed}, choose another COUNTERSIGN_DATA_DIR, or set DATABASE_URL.`,
  )
}
