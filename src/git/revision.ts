import { resolve } from './object-reader.ts'
import { isSha, parseRef } from './ref-name.ts'
import { lookupName } from './refs.ts'
import type { Repository } from './repository-store.ts'

/**
 * The commit that a person's words name, or null: a branch before a tag before a commit id (`main`, `v1`, `1a2b3c4d`),
 * `HEAD`, a full ref name, and `~N` or `^` behind any of them. Not for rules, which must know which kind of ref it is.
 */
export async function findRevision(repo: Repository, text: string): Promise<string | null> {
  const [, name = '', steps = ''] = /^([^~^]+)((?:~\d{0,9}|\^\d{0,3})*)$/.exec(text) ?? []
  if (name === '') return null
  const commit = await commitOf(repo, name)
  return commit === null || steps === '' ? commit : resolve(repo, commit + steps)
}

async function commitOf(repo: Repository, name: string): Promise<string | null> {
  // No new branch or tag may look like a whole id, so three questions are spared.
  if (name === 'HEAD' || isSha(name)) return resolve(repo, name)
  const found = await lookupName(repo, name)
  const commit = found.branch?.commit ?? found.tag?.commit ?? found.commit
  return commit ?? (parseRef(name) ? resolve(repo, name) : null)
}
