/** Rules for environments: names, slugs, tiers (reference gitlab-deployments.md 4.3 to 4.5). */

export const tiers = ['production', 'staging', 'testing', 'development', 'other'] as const
export type Tier = (typeof tiers)[number]

export const environmentNameProblem =
  "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it cannot start or end with '/'"

/** Why a name cannot be an environment's name, in GitLab's words; null when it can. */
export function environmentNameRefusal(name: string): string | null {
  if (name.trim() === '') return "can't be blank"
  if (name.length > 255) return 'is too long (maximum is 255 characters)'
  // The character set is GitLab's environment_name_regex; `\p{…}` would let look-alikes through, so it is ASCII only.
  if (!/^[a-zA-Z0-9_\-/${}. ]+$/.test(name) || name.startsWith('/') || name.endsWith('/')) return environmentNameProblem
  return null
}

const tierHints: readonly [Tier, RegExp][] = [
  ['development', /dev|review|trunk/i],
  ['testing', /test|tst|int|acpt|accept|qa|qc|control|quality/i],
  ['staging', /stg|stag|modl|model|pre|demo|non/i],
  ['production', /prd|prod|live/i],
]

/** The tier that a name suggests; the first matching row wins, so `pre-prod` is staging. */
export function tierOf(name: string): Tier {
  return tierHints.find(([, hint]) => hint.test(name))?.[0] ?? 'other'
}

/** The folder an environment is shown in: what stands before the first `/`; null without one. */
export function environmentFolder(name: string): string | null {
  const slash = name.indexOf('/')
  return slash > 0 ? name.slice(0, slash) : null
}

/**
 * GitLab's environment slug (lib/gitlab/slug/environment.rb): at most 24 characters of a-z, 0-9 and `-`.
 * @param sha256Base36 the base-36 text of the SHA-256 of its argument, passed in because domain/ has no crypto
 */
export function environmentSlug(name: string, sha256Base36: (text: string) => string): string {
  let slug = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')
  if (!/^[a-z]/.test(slug)) slug = `env-${slug}`
  slug = slug.replaceAll(/-+/g, '-')
  if (slug.length <= 24 && slug === name) return slug.replace(/-$/, '')
  const head = slug.slice(0, 17)
  return `${head}${head.endsWith('-') ? '' : '-'}${sha256Base36(name).slice(-6)}`
}

const unsafeSchemes: readonly string[] = ['javascript', 'data', 'vbscript']

/** Why a text cannot be an environment's external URL; null when it can. A script URL would run on whoever clicks the link. */
export function externalUrlRefusal(url: string): string | null {
  if (url.length > 255) return 'is too long (maximum is 255 characters)'
  // Browsers ignore control characters and leading spaces in a scheme.
  const plain = url
    .split('')
    .filter((unit) => unit > ' ')
    .join('')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(plain)?.[1]?.toLowerCase()
  return scheme !== undefined && unsafeSchemes.includes(scheme) ? `${scheme} scheme is not allowed` : null
}

export const environmentStates = ['available', 'stopping', 'stopped'] as const
export type EnvironmentState = (typeof environmentStates)[number]
export const autoStopSettings = ['always', 'with_action'] as const
export type AutoStopSetting = (typeof autoStopSettings)[number]

/**
 * What a stop makes of an environment; null: nothing. An open one waits as `stopping` for its stop jobs. With the setting
 * `with_action` an environment without stop jobs stays open. `force` skips the jobs, also while they run (reference 4.6, 5.6).
 */
export function stateAfterStop(
  environment: { readonly state: EnvironmentState; readonly autoStopSetting: AutoStopSetting },
  stop: { readonly force: boolean; readonly hasStopJobs: boolean },
): EnvironmentState | null {
  if (stop.force) return environment.state === 'stopped' ? null : 'stopped'
  if (environment.state !== 'available') return null
  if (stop.hasStopJobs) return 'stopping'
  return environment.autoStopSetting === 'always' ? 'stopped' : null
}
