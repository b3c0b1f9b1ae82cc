import { spawn } from 'node:child_process'
import { chmod, chown, lstat, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AccountLease, JobAccount } from './account.ts'

/**
 * Makes `<buildsDir>/<slot>` an empty directory with mode 0700 that belongs to the job's account. What another account left in
 * it is removed under that account, never by following paths as root that somebody else controls.
 */
export async function prepareSlot(slotDir: string, account: AccountLease | null): Promise<void> {
  await mkdir(slotDir, { recursive: true, mode: 0o700 })
  await emptySlot(slotDir)
  // The parent belongs to the runner, so this name cannot be exchanged for a link.
  if (account !== null) await chown(slotDir, account.uid, account.gid)
  await chmod(slotDir, 0o700)
}

/** Removes everything in a slot. Call it when no process of the job is left. */
export async function emptySlot(slotDir: string): Promise<void> {
  const owner = await lstat(slotDir)
  const names = await readdir(slotDir)
  if (names.length === 0) return
  const paths = names.map((name) => join(slotDir, name))
  const account = process.geteuid?.() === 0 && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : null
  if (await remove(paths, account)) return
  // Directories without write permission (Go's module cache is made of them) keep their contents until they get it.
  await run('chmod', ['-R', 'u+rwX', '--', ...paths], account)
  if (await remove(paths, account)) return
  // Files of yet another account.
  if (!(await remove(paths, null))) throw new Error(`The working directory ${slotDir} could not be emptied.`)
}

function remove(paths: readonly string[], account: JobAccount | null): Promise<boolean> {
  return run('rm', ['-rf', '--', ...paths], account)
}

function run(command: string, args: readonly string[], account: JobAccount | null): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      stdio: 'ignore',
      ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
    })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}

/**
 * Removes what a job left in directories that everybody may write to. Only for an account that no other job uses now, because
 * the next job under it could read these files.
 */
export async function emptySharedDirs(account: JobAccount): Promise<void> {
  const owned = [
    '-mindepth',
    '1',
    '-maxdepth',
    '1',
    '-user',
    String(account.uid),
    '-exec',
    'rm',
    '-rf',
    '--',
    '{}',
    '+',
  ]
  for (const dir of ['/tmp', '/var/tmp', '/dev/shm']) await run('find', [dir, ...owned], account)
}

/**
 * Makes the builds directory and checks that jobs can get there.
 * @throws with a sentence for the administrator when the account cannot be used or a directory on the way is closed to it
 */
export async function prepareBuildsDir(buildsDir: string, account: JobAccount | null): Promise<void> {
  const mode = account === null ? 0o700 : 0o711
  const first = (await mkdir(buildsDir, { recursive: true })) ?? `${buildsDir}/`
  // The umask may have closed the directories that were made just now.
  for (let dir = buildsDir; dir.startsWith(first); dir = dirname(dir)) await chmod(dir, mode)
  const stats = await lstat(buildsDir)
  if (!stats.isDirectory() || stats.uid !== process.geteuid?.()) {
    throw new Error(`The builds directory ${buildsDir} must be a directory that belongs to the runner's own account.`)
  }
  await chmod(buildsDir, mode)
  if (account === null) return
  if (!(await run('/bin/sh', ['-c', ':'], account))) {
    throw new Error(`This system does not let the runner start jobs under the account ${account.uid}:${account.gid}.`)
  }
  if (!(await run('/bin/sh', ['-c', 'cd "$1"', 'sh', buildsDir], account))) {
    throw new Error(
      `The job account ${account.uid} cannot reach the builds directory ${buildsDir}: every directory above it must let other accounts pass (mode 0711 or 0755).`,
    )
  }
}
