/**
 * Webhooks: their events, what may be stored in one, and when a failing one rests (GitLab docs, Webhooks; Project and Group
 * webhooks API).
 */

/** What happens here and can be told, with the flag that asks for it, the word for logs, and the value of X-Gitlab-Event. */
export const hookEvents = {
  push: { flag: 'push_events', trigger: 'push_hooks', header: 'Push Hook' },
  tag_push: { flag: 'tag_push_events', trigger: 'tag_push_hooks', header: 'Tag Push Hook' },
  job: { flag: 'job_events', trigger: 'job_hooks', header: 'Job Hook' },
  pipeline: { flag: 'pipeline_events', trigger: 'pipeline_hooks', header: 'Pipeline Hook' },
  deployment: { flag: 'deployment_events', trigger: 'deployment_hooks', header: 'Deployment Hook' },
} as const
export type HookEventName = keyof typeof hookEvents
export type HookFlag = (typeof hookEvents)[HookEventName]['flag']
export const hookEventNames = Object.keys(hookEvents) as HookEventName[]

/** Flags of GitLab's whose events do not exist here: they are kept and answered, and never cause a request. */
export const otherHookFlags = [
  'merge_requests_events',
  'issues_events',
  'confidential_issues_events',
  'note_events',
  'confidential_note_events',
  'wiki_page_events',
  'feature_flag_events',
  'releases_events',
  'milestone_events',
  'emoji_events',
  'resource_access_token_events',
  'resource_deploy_token_events',
  'vulnerability_events',
] as const
/** The same for groups alone. */
export const groupHookFlags = ['subgroup_events', 'member_events', 'project_events'] as const
export type OtherHookFlag = (typeof otherHookFlags)[number] | (typeof groupHookFlags)[number]

export const branchFilterStrategies = ['wildcard', 'regex', 'all_branches'] as const
export type BranchFilterStrategy = (typeof branchFilterStrategies)[number]

/** What an event keeps of its moment; the rest is read when it is first told. */
export type HookEventDetails = Readonly<Record<string, HookValue>>
export type HookValue = string | number | boolean | null | readonly HookValue[] | { readonly [key: string]: HookValue }
/** The body of a request. */
export type HookPayload = { readonly [key: string]: HookValue }

const limits = { name: 255, description: 2048, template: 4096, pairs: 20, value: 2048 } as const

const pairKey = /^[A-Za-z](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9]))*$/

/**
 * Whether custom headers or URL variables can be stored: at most 20, keys of letters and digits with single `.`, `_`, `-` between,
 * values of 1 to 2,048 characters without line breaks.
 */
export function pairsFit(pairs: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(pairs)
  return (
    entries.length <= limits.pairs &&
    entries.every(([key, value]) => pairKey.test(key) && value !== '' && value.length <= limits.value && isLine(value))
  )
}

/** Headers that belong to the transport, and those by which receivers recognise us. */
const ownHeaders =
  /^(?:host|connection|content-length|content-type|transfer-encoding|upgrade|te|trailer|expect|proxy-.*)$/i

/** Whether a custom header can be sent: one that frames the request would let its value become a second request. */
export function headerFits(name: string, value: string): boolean {
  return !ownHeaders.test(name) && isHeaderValue(value)
}

/** HTTP has no other characters for it (RFC 9110: visible ones, spaces and tabs, and bytes above ASCII). */
function isHeaderValue(value: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)
}

/** No control characters: they would end a header. */
function isLine(value: string): boolean {
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is looked for
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)
}

export interface HookTexts {
  readonly name: string | null
  readonly description: string | null
  readonly token: string | null
  readonly signing_token: string | null
  readonly custom_webhook_template: string | null
}

/** Field → problems. */
export function hookTextProblems(hook: HookTexts): Readonly<Record<string, readonly string[]>> {
  const tooLong = (text: string | null, limit: number) =>
    (text?.length ?? 0) > limit ? [`is too long (maximum is ${limit} characters)`] : []
  const problems = {
    name: tooLong(hook.name, limits.name),
    description: tooLong(hook.description, limits.description),
    token: isHeaderValue(hook.token ?? '') ? tooLong(hook.token, limits.value) : ['is invalid'],
    signing_token: hook.signing_token === null || isSigningToken(hook.signing_token) ? [] : ['is invalid'],
    custom_webhook_template: tooLong(hook.custom_webhook_template, limits.template),
  }
  return Object.fromEntries(Object.entries(problems).filter(([, found]) => found.length > 0))
}

/** `whsec_` and 32 bytes in base64. */
function isSigningToken(token: string): boolean {
  return /^whsec_[A-Za-z0-9+/]{43}=$/.test(token)
}

const reference = /\{([A-Za-z0-9._-]+)\}/g

/** Keys that the URL mentions and nobody gave. */
export function missingUrlKeys(url: string, variables: Readonly<Record<string, string>>): string[] {
  return [...url.matchAll(reference)].map((match) => match[1] ?? '').filter((key) => !Object.hasOwn(variables, key))
}

/** The URL with its variables filled in. */
export function interpolateUrl(url: string, variables: Readonly<Record<string, string>>): string {
  return url.replaceAll(reference, (whole, key: string) =>
    Object.hasOwn(variables, key) ? (variables[key] ?? '') : whole,
  )
}

/** The URL for people and records: a password in it is masked, unless it is a variable. */
export function maskUrl(url: string): string {
  return url.replace(/^(\s*[A-Za-z]+:\/\/[^/?#@:]*:)([^/?#]*)@/, (whole, before: string, password: string) =>
    /^\{[A-Za-z0-9._-]+\}$/.test(password) || password === '' ? whole : `${before}*****@`,
  )
}

/** Failures in a row after which a hook rests, and after which it is switched off. */
export const restAfter = 4
export const offAfter = 40

/** How long a hook rests after so many failures in a row, in seconds: 1 minute at the fourth, then twice as long, at most a day. */
export function restSeconds(failures: number): number | null {
  return failures < restAfter ? null : Math.min(60 * 2 ** Math.min(failures - restAfter, 20), 86_400)
}

export type AlertStatus = 'executable' | 'temporarily_disabled' | 'disabled'

export function alertStatus(hook: { recent_failures: number; disabled_until: Date | null }, now: Date): AlertStatus {
  if (hook.recent_failures >= offAfter) return 'disabled'
  const resting = hook.recent_failures >= restAfter && hook.disabled_until !== null && hook.disabled_until >= now
  return resting ? 'temporarily_disabled' : 'executable'
}

/** Seconds until the next attempt after so many; null: that was the last one. */
export function retrySeconds(attempts: number): number | null {
  return [10, 60, 300, 1_800][attempts - 1] ?? null
}
