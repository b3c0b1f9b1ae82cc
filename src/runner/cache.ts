import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { JobCache } from '../contract/runner-protocol.ts'
import { askFileHelper, discardSpool, spoolFile } from './file-helper-client.ts'
import { isDue, type JobContext } from './job-context.ts'
import { expand } from './variables.ts'

/*
 * Caches stay on the runner's machine, in its private state directory: jobs reach them only through the file helper. A cache
 * that cannot be read or written is a warning, never a failed job (GitLab Runner).
 */

interface CachePlan {
  readonly key: string
  readonly fallbackKeys: readonly string[]
  readonly pull: boolean
  readonly push: boolean
  readonly cache: JobCache
}

/** What to do with each cache entry, variables expanded. An entry without paths is skipped. */
export function cachePlans(
  caches: readonly JobCache[],
  env: Readonly<Record<string, string>>,
): (CachePlan | { readonly problem: string })[] {
  const text = (value: string): string => expand(value, (name) => env[name])
  return caches
    .filter((cache) => cache.paths.length > 0 || cache.untracked)
    .map((cache) => {
      const policy = text(cache.policy) || 'pull-push'
      if (!['pull-push', 'pull', 'push'].includes(policy)) return { problem: `unknown cache policy ${policy}` }
      const global = env.CACHE_FALLBACK_KEY ? [env.CACHE_FALLBACK_KEY] : []
      return {
        key: text(cache.key) || 'default',
        fallbackKeys: [...cache.fallback_keys.map(text), ...global].filter((key) => key !== ''),
        pull: policy !== 'push',
        push: policy !== 'pull',
        cache,
      }
    })
}

/** `<stateDir>/cache/<project id>/<readable part>-<hash of the key>.zip`: any text can be a key, none can leave the directory. */
export function cacheFile(stateDir: string, projectId: number, key: string): string {
  const readable = key.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40)
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16)
  return join(stateDir, 'cache', String(projectId), `${readable}-${hash}.zip`)
}

/** Unpacks the first of key and fallback keys that there is. */
export async function restoreCaches(context: JobContext): Promise<void> {
  for (const plan of cachePlans(context.job.cache, context.env)) {
    if ('problem' in plan) {
      context.say(`WARNING: ${plan.problem}`)
      continue
    }
    if (!plan.pull) {
      context.say(`Not restoring cache ${plan.key}: its policy is push`)
      continue
    }
    const keys = [plan.key, ...plan.fallbackKeys]
    const key = keys.find((one) => existsSync(fileOf(context, one)))
    context.say(key === undefined ? `No cache for ${keys.join(', ')}` : `Restoring cache ${key}...`)
    if (key === undefined) continue
    const unpacked = await askFileHelper(
      context.sandbox,
      { action: 'unpack', account: context.sandbox.account, root: context.dirs.project, archive: fileOf(context, key) },
      context.env,
      context.halt,
    )
    for (const note of unpacked.notes) context.say(note)
    context.say(
      unpacked.ok ? `Restored ${unpacked.count} files and directories` : `WARNING: Cache: ${unpacked.problem}`,
    )
  }
}

/** Whether any cache is written after a job with that result. */
export function hasCachesToSave(context: Pick<JobContext, 'job' | 'env'>, result: 'success' | 'failed'): boolean {
  return cachePlans(context.job.cache, context.env).some(
    (plan) => 'problem' in plan || (plan.push && isDue(plan.cache.when, result)),
  )
}

/** Packs the caches that are due and puts them in place in one step, so a job that reads at the same time sees old or new. */
export async function saveCaches(context: JobContext, result: 'success' | 'failed'): Promise<void> {
  for (const plan of cachePlans(context.job.cache, context.env)) {
    if ('problem' in plan) context.say(`WARNING: ${plan.problem}`)
    else if (plan.push && isDue(plan.cache.when, result)) await saveOne(context, plan)
  }
}

async function saveOne(context: JobContext, plan: CachePlan): Promise<void> {
  const spool = await spoolFile(context.stateDir, `${context.job.id}.cache`)
  try {
    await discardSpool(spool)
    context.say(`Creating cache ${plan.key}...`)
    const packed = await askFileHelper(
      context.sandbox,
      {
        action: 'pack',
        account: context.sandbox.account,
        root: context.dirs.project,
        archive: spool,
        format: 'zip',
        paths: plan.cache.paths.map((path) => expand(path, (name) => context.env[name])),
        exclude: [],
        untracked: plan.cache.untracked,
      },
      context.env,
      context.halt,
    )
    for (const note of packed.notes) context.say(note)
    if (!packed.ok) {
      context.say(`WARNING: Cache: ${packed.problem}`)
      return
    }
    const file = fileOf(context, plan.key)
    if (packed.count === 0) {
      context.say('WARNING: Nothing to cache')
      return
    }
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await rename(spool, file)
    context.say(`Created cache (${(await stat(file)).size} bytes)`)
  } finally {
    await rm(spool, { force: true })
  }
}

function fileOf(context: JobContext, key: string): string {
  return cacheFile(context.stateDir, context.job.job_info.project_id, key)
}
