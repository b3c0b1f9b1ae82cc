import { attribute, entry, type Fields, hashOf, readFields, requireOneOf } from './fields.ts'
import { LIMITS } from './limits.ts'
import { flatItems, isString } from './node.ts'
import { boolean, oneOf, type Shape, strings, text } from './shape.ts'
import { attributeOf, refuse, refuseForm, type Spot, under } from './spot.ts'
import type { CachePlan } from './types.ts'

type Key = Pick<CachePlan, 'key' | 'keyFiles' | 'keyFilesBy' | 'keyPrefix'>

/** A key becomes a directory on the runner's machine, so it may not leave its parent; `%2F` counts as `/`. */
const keyText: Shape<string> = (node, spot) => {
  if (!isString(node)) return refuse(spot, node, 'should be a string or symbol')
  const decoded = node.value.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  if (decoded.includes('/')) return refuse(spot, node, 'cannot contain the "/" character')
  if (decoded === '.' || decoded === '..') return refuse(spot, node, 'cannot be "." or ".."')
  return node.value
}

const keyFiles: Shape<readonly string[]> = (node, spot) => {
  const files = strings(node, spot)
  if (files === undefined) return undefined
  if (files.length === 0) return refuse(spot, node, 'requires at least 1 item')
  if (files.length > LIMITS.cacheKeyFiles) {
    return refuse(spot, node, `has too many items (maximum is ${LIMITS.cacheKeyFiles})`)
  }
  return files.map((file) => file.replace(/^\/+/, ''))
}

const COMPLEX_KEY = {
  files: entry(keyFiles),
  files_commits: entry(keyFiles),
  prefix: entry(keyText),
} satisfies Fields

const key: Shape<Key> = (node, spot) => {
  if (node.kind === 'map') {
    const read = readFields(node, spot, COMPLEX_KEY)
    if (!requireOneOf(node, spot, ['files', 'files_commits'])) return undefined
    return {
      key: null,
      keyFiles: read.files ?? read.files_commits ?? [],
      keyFilesBy: read.files === undefined ? 'commits' : 'content',
      keyPrefix: read.prefix ?? null,
    }
  }
  if (!isString(node)) return refuseForm(spot, node, 'should be a hash, a string or a symbol')
  const plain = keyText(node, spot)
  return plain === undefined ? undefined : { key: plain, keyFiles: [], keyPrefix: null }
}

const policy: Shape<string> = (node, spot) => {
  const value = text(node, spot)
  if (value === undefined || value === '' || /pull-push|push|pull|\$\w/.test(value)) return value
  return refuse(spot, node, 'should be a variable or one of: pull-push, push, pull')
}

const fallbackKeys: Shape<readonly string[]> = (node, spot) => {
  const keys = strings(node, spot)
  if (keys === undefined || keys.length <= LIMITS.fallbackKeys) return keys
  // `to` is GitLab's spelling; the message belongs to the cache, not to the key.
  const message = `has to many entries (maximum ${LIMITS.fallbackKeys})`
  return refuse(attributeOf(spot.up ?? spot, 'fallback_keys'), node, message)
}

const FIELDS = {
  key: entry(key),
  untracked: entry(boolean),
  paths: entry(strings),
  when: attribute(oneOf(['on_success', 'on_failure', 'always'])),
  policy: attribute(policy),
  unprotect: entry(boolean),
  fallback_keys: entry(fallbackKeys),
} satisfies Fields

const one: Shape<CachePlan> = hashOf(FIELDS, (read) => ({
  ...(read.key ?? { key: 'default', keyFiles: [], keyPrefix: null }),
  paths: read.paths ?? [],
  untracked: read.untracked ?? false,
  policy: read.policy === undefined || read.policy === '' ? 'pull-push' : read.policy,
  when: read.when ?? 'on_success',
  unprotect: read.unprotect ?? false,
  fallbackKeys: read.fallback_keys ?? [],
}))

/** `cache`: a hash or up to four (reference A16). An entry that stores nothing is left out, so `cache: {}` disables. */
export const cache: Shape<readonly CachePlan[]> = (node, spot) => {
  // GitLab calls the list `caches` in its messages and each of its entries `cache`.
  const list: Spot = { ...spot, key: 'caches' }
  if (node.kind !== 'map' && node.kind !== 'list') return refuse(list, node, 'can only be a hash or an array')
  if (node.kind === 'list' && node.items.length > LIMITS.caches)
    return refuse(list, node, `no more than ${LIMITS.caches} caches can be created`)
  const inner = under({ ...spot, key: '' }, 'cache')
  return flatItems(node)
    .flatMap((item, index) => withPrefix(one(item, inner), index) ?? [])
    .filter((plan) => plan.paths.length > 0 || plan.untracked)
}

/** A key from files that has no prefix gets one from its place in the list and the names of the files, as in GitLab. */
function withPrefix(plan: CachePlan | undefined, index: number): CachePlan | undefined {
  if (plan === undefined || plan.key !== null || plan.keyPrefix !== null) return plan
  const names = plan.keyFiles.map((file) => file.split('.')[0] ?? '').join('_')
  return { ...plan, keyPrefix: plan.keyFilesBy === 'content' ? `${index}_${names}` : String(index) }
}
