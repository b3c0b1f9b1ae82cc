/** `cache:key:files`: a key that changes with what is in some files, or with the commits that changed them (reference A16). */
import { createHash } from 'node:crypto'
import { wildcardTest } from '../ci/include-wildcard.ts'
import type { CachePlan, JobPlan } from '../domain/plan.ts'
import { lastCommitOf } from '../git/log.ts'
import { readEntry } from '../git/object-reader.ts'
import type { Repository } from '../git/repository-store.ts'
import { listPaths } from '../git/tree.ts'

/** The same jobs with every cache key written out, for one commit. */
export async function withCacheKeys(
  repository: Repository,
  sha: string,
  jobs: readonly JobPlan[],
): Promise<readonly JobPlan[]> {
  const keys = new Map<string, Promise<string>>()
  const keyOf = (cache: CachePlan) => {
    // Jobs share their caches: the files are looked at once.
    const question = JSON.stringify([cache.keyFiles, cache.keyFilesBy])
    const known = keys.get(question) ?? digestFor(repository, sha, cache)
    keys.set(question, known)
    return known
  }
  const written = async (cache: CachePlan): Promise<CachePlan> => {
    if (cache.key !== null) return cache
    const digest = await keyOf(cache)
    return { ...cache, key: cache.keyPrefix ? `${cache.keyPrefix}-${digest}` : digest }
  }
  return Promise.all(jobs.map(async (job) => ({ ...job, cache: await Promise.all(job.cache.map(written)) })))
}

/** `default` when none of the files exists (GitLab). */
async function digestFor(repository: Repository, sha: string, cache: CachePlan): Promise<string> {
  const files = [...new Set(cache.keyFiles.filter((file) => file !== ''))]
  const ids =
    cache.keyFilesBy === 'commits'
      ? await Promise.all(files.map((file) => lastCommitOf(repository, sha, file)))
      : await Promise.all((await existing(repository, sha, files)).map((file) => contentId(repository, sha, file)))
  const found = [...new Set(ids.filter((id) => id !== null))].toSorted()
  return found.length === 0 ? 'default' : createHash('sha1').update(found.join('-')).digest('hex')
}

async function existing(repository: Repository, sha: string, files: readonly string[]): Promise<readonly string[]> {
  if (!files.some((file) => file.includes('*'))) return files
  const all = await listPaths(repository, sha)
  return files.flatMap((file) => (file.includes('*') ? all.filter(wildcardTest(file)) : [file]))
}

async function contentId(repository: Repository, sha: string, path: string): Promise<string | null> {
  const entry = await readEntry(repository, sha, path)
  return entry?.type === 'blob' ? entry.sha : null
}
