import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buildWebIfStale } from '../../scripts/build-web.ts'
import { withFileLock } from './file-lock.ts'

const dist = join(import.meta.dirname, '..', '..', 'dist')

/** The pages in dist/web, built when they are missing or older than their sources. */
export async function builtPages(): Promise<void> {
  await mkdir(dist, { recursive: true })
  await withFileLock(join(dist, 'web.lock'), buildWebIfStale)
}
