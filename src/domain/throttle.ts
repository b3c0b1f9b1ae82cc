/** Rate limits: how many requests somebody may make in a period (GitLab docs, User and IP rate limits). */

export const throttles = [
  'unauthenticated_api',
  'authenticated_api',
  'unauthenticated_web',
  'authenticated_web',
] as const
export type Throttle = (typeof throttles)[number]

/** Of one throttle, with GitLab's names in its application settings: `throttle_<name>_…`. */
export type ThrottleSettings = {
  readonly [name in Throttle as `throttle_${name}_enabled`]: boolean
} & {
  readonly [name in Throttle as `throttle_${name}_requests_per_period` | `throttle_${name}_period_in_seconds`]: number
} & {
  /** Instead of "Retry later"; empty: that. */
  readonly rate_limiting_response_text: string | null
}

/** Off, with GitLab's numbers for whoever switches one on. */
export const defaultThrottles: ThrottleSettings = {
  throttle_unauthenticated_api_enabled: false,
  throttle_unauthenticated_api_requests_per_period: 3600,
  throttle_unauthenticated_api_period_in_seconds: 3600,
  throttle_authenticated_api_enabled: false,
  throttle_authenticated_api_requests_per_period: 7200,
  throttle_authenticated_api_period_in_seconds: 3600,
  throttle_unauthenticated_web_enabled: false,
  throttle_unauthenticated_web_requests_per_period: 3600,
  throttle_unauthenticated_web_period_in_seconds: 3600,
  throttle_authenticated_web_enabled: false,
  throttle_authenticated_web_requests_per_period: 7200,
  throttle_authenticated_web_period_in_seconds: 3600,
  rate_limiting_response_text: null,
}

/** What is wrong with changed settings: field → problems. */
export function throttleProblems(changes: Partial<ThrottleSettings>): Readonly<Record<string, readonly string[]>> {
  const wrong = Object.entries(changes).filter(([name, value]) => {
    return name.startsWith('throttle_') && typeof value === 'number' && value < 1
  })
  return Object.fromEntries(wrong.map(([name]) => [name, ['must be greater than 0']]))
}

export interface Limit {
  /** Requests in one period. */
  readonly limit: number
  /** Seconds. */
  readonly period: number
}

/** The limit of a throttle; null when it is off. */
export function limitOf(settings: ThrottleSettings, name: Throttle): Limit | null {
  if (!settings[`throttle_${name}_enabled`]) return null
  return {
    limit: settings[`throttle_${name}_requests_per_period`],
    period: settings[`throttle_${name}_period_in_seconds`],
  }
}

/** The state of somebody's quota after a request. */
export interface Quota extends Limit {
  readonly name: Throttle
  /** Requests in this period, this one included. */
  readonly observed: number
  /** Whole seconds until the next period. */
  readonly retryAfter: number
  /** Unix time, in seconds, at which the next period begins. */
  readonly reset: number
}

/** Periods begin at multiples of their length, for everybody at once: nothing but a count has to be kept. */
export function quotaOf(name: Throttle, limit: Limit, observed: number, now: Date): Quota {
  const seconds = Math.floor(now.getTime() / 1000)
  const retryAfter = limit.period - (seconds % limit.period)
  return { ...limit, name, observed, retryAfter, reset: seconds + retryAfter }
}

/** GitLab's headers. `RateLimit-Limit` is per minute whatever the period is, because clients take it so. */
export function quotaHeaders(quota: Quota): Record<string, string> {
  return {
    'ratelimit-name': `throttle_${quota.name}`,
    'ratelimit-limit': String(Math.ceil((quota.limit * 60) / quota.period)),
    'ratelimit-observed': String(quota.observed),
    'ratelimit-remaining': String(Math.max(quota.limit - quota.observed, 0)),
    'ratelimit-reset': String(quota.reset),
    'ratelimit-resettime': new Date(quota.reset * 1000).toUTCString(),
  }
}
