import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runGit } from './git-process.ts'
import type { Repository } from './repository-store.ts'

/** Temporary directories of `commitActions`, inside the repository so that they share its disk. */
export const temporaryPrefix = 'tmp-commit-'

const hour = 3600 * 1000

/**
 * Keeps a repository fast and usable; safe while it is in use, and meant to be called now and then by a background
 * task. Removes what killed processes left (lock files that would block a ref for ever, temporary directories), and
 * lets git repack when there is enough to repack. Unreachable objects are kept for two weeks.
 *
 * @param staleAfter milliseconds after which a lock or a temporary directory belongs to nobody. Default one hour; git
 * holds a lock for milliseconds.
 * @throws GitError when git cannot repack, does not finish in ten minutes, or was stopped by `signal`.
 */
export async function maintainRepository(
  repo: Repository,
  staleAfter: number = hour,
  signal?: AbortSignal,
): Promise<void> {
  const oldest = Date.now() - staleAfter
  for (const name of await readdir(repo.path)) {
    const isLeftover = name.endsWith('.lock') || name.startsWith(temporaryPrefix)
    if (isLeftover) await removeOlder(join(repo.path, name), oldest)
  }
  for (const name of await readdir(join(repo.path, 'refs'), { recursive: true })) {
    if (name.endsWith('.lock')) await removeOlder(join(repo.path, 'refs', name), oldest)
  }
  // The threshold is git's own default; every other process of ours has it switched off.
  await runGit(repo, ['-c', 'gc.auto=6700', '-c', 'gc.autoDetach=false', 'gc', '--auto', '--quiet'], {
    timeout: 600_000,
    ...(signal ? { signal } : {}),
  })
}

async function removeOlder(path: string, oldest: number): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found && found.mtimeMs < oldest) await rm(path, { recursive: true, force: true })
}
