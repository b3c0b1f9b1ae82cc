/** Rate limits among the application settings (GitLab Application Settings API; docs, User and IP rate limits). */
import { z } from 'zod'
import { bool, int, text } from './values.ts'

const enabled = z.boolean()
/** Requests, or seconds. */
const number = z.number()

/** `web` is git over HTTP, and what our own pages ask. Each server counts for itself. */
export const throttleSettings = {
  throttle_unauthenticated_api_enabled: enabled,
  throttle_unauthenticated_api_requests_per_period: number,
  throttle_unauthenticated_api_period_in_seconds: number,
  throttle_authenticated_api_enabled: enabled,
  throttle_authenticated_api_requests_per_period: number,
  throttle_authenticated_api_period_in_seconds: number,
  throttle_unauthenticated_web_enabled: enabled,
  throttle_unauthenticated_web_requests_per_period: number,
  throttle_unauthenticated_web_period_in_seconds: number,
  throttle_authenticated_web_enabled: enabled,
  throttle_authenticated_web_requests_per_period: number,
  throttle_authenticated_web_period_in_seconds: number,
  /** What a request too many is told; null: "Retry later". */
  rate_limiting_response_text: z.string().nullable(),
}

const flag = () => bool().optional()
const amount = () => int().optional()

export const throttleParams = {
  throttle_unauthenticated_api_enabled: flag(),
  throttle_unauthenticated_api_requests_per_period: amount(),
  throttle_unauthenticated_api_period_in_seconds: amount(),
  throttle_authenticated_api_enabled: flag(),
  throttle_authenticated_api_requests_per_period: amount(),
  throttle_authenticated_api_period_in_seconds: amount(),
  throttle_unauthenticated_web_enabled: flag(),
  throttle_unauthenticated_web_requests_per_period: amount(),
  throttle_unauthenticated_web_period_in_seconds: amount(),
  throttle_authenticated_web_enabled: flag(),
  throttle_authenticated_web_requests_per_period: amount(),
  throttle_authenticated_web_period_in_seconds: amount(),
  rate_limiting_response_text: text({ max: 255 }).nullish(),
}
