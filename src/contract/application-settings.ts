/** Settings of the whole server that can be changed while it runs (GitLab Application Settings API). */
import { z } from 'zod'
import { operation } from './operation.ts'
import { throttleParams, throttleSettings } from './throttle-settings.ts'
import { bool, list, text } from './values.ts'

const tag = 'Application settings'
const settings = z.object({
  allow_runner_registration_token: z.boolean(),
  /** Webhooks may go to private, loopback and other special addresses. */
  allow_local_requests_from_web_hooks_and_services: z.boolean(),
  /** Hosts, addresses and ranges that they may go to even so: `host`, `host:port`, `10.0.0.1`, `10.0.0.0/8`, `[::1]:8080`. */
  outbound_local_requests_whitelist: z.array(z.string()),
  ...throttleSettings,
})

export const getApplicationSettings = operation({
  id: 'getApplicationSettings',
  method: 'GET',
  path: '/application/settings',
  tag,
  summary: 'The settings (administrators)',
  response: settings,
})

export const updateApplicationSettings = operation({
  id: 'updateApplicationSettings',
  method: 'PUT',
  path: '/application/settings',
  tag,
  summary: 'Change the settings that are given (administrators)',
  params: {
    allow_runner_registration_token: bool().optional(),
    allow_local_requests_from_web_hooks_and_services: bool().optional(),
    outbound_local_requests_whitelist: list(text({ max: 255 })).optional(),
    ...throttleParams,
  },
  response: settings,
})
