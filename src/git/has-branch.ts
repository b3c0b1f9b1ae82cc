/** Whether a repository has a branch, told from its files: lists ask it of many repositories at once. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Repository } from './repository-store.ts'

/** False for an empty repository, and where there is none. */
export async function hasBranch(repo: Repository): Promise<boolean> {
  const heads = await readdir(join(repo.path, 'refs', 'heads'), { recursive: true, withFileTypes: true }).catch(
    () => [],
  )
  if (heads.some((entry) => entry.isFile() && !entry.name.endsWith('.lock'))) return true
  const packed = await readFile(join(repo.path, 'packed-refs'), 'utf8').catch(() => '')
  return packed.includes(' refs/heads/')
}
