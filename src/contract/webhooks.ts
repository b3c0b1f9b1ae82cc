/**
 * Webhooks of projects and groups (GitLab Project webhooks API and Group webhooks API). Flags of events that do not exist here
 * (`issues_events`, `merge_requests_events`, …) are kept and answered as in GitLab; they never cause a request.
 */
import { z } from 'zod'
import { branchFilterStrategies, groupHookFlags, otherHookFlags } from '../domain/webhook.ts'
import { operation } from './operation.ts'
import { bool, id, idOrPath, int, list, listOf, oneOf, paging, text, timestamp } from './values.ts'

const toldFlags = ['push_events', 'tag_push_events', 'job_events', 'pipeline_events', 'deployment_events'] as const

function flags<const Name extends string, T extends z.ZodType>(names: readonly Name[], type: () => T) {
  return Object.fromEntries(names.map((name) => [name, type()])) as Record<Name, T>
}

const anyHook = z.object({
  id: z.number(),
  /** A password in it is masked; variables stay names. */
  url: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  created_at: timestamp(),
  ...flags(toldFlags, () => z.boolean()),
  ...flags(otherHookFlags, () => z.boolean()),
  repository_update_events: z.boolean(),
  enable_ssl_verification: z.boolean(),
  /** After how failing requests the hook rests, or is off. */
  alert_status: z.enum(['executable', 'temporarily_disabled', 'disabled']),
  disabled_until: timestamp().nullable(),
  push_events_branch_filter: z.string().nullable(),
  branch_filter_strategy: z.enum(branchFilterStrategies),
  custom_webhook_template: z.string().nullable(),
  token_present: z.boolean(),
  signing_token_present: z.boolean(),
  /** Names alone; left out of lists. */
  url_variables: z.array(z.object({ key: z.string() })).optional(),
  custom_headers: z.array(z.object({ key: z.string() })).optional(),
})
export const projectHook = anyHook.extend({ project_id: z.number() })
export const groupHook = anyHook.extend({ group_id: z.number(), ...flags(groupHookFlags, () => z.boolean()) })
export type ProjectHookEntity = z.output<typeof projectHook>
export type GroupHookEntity = z.output<typeof groupHook>

const texts = z.record(z.string(), z.string())
export const hookLog = z.object({
  id: z.number(),
  url: z.string(),
  trigger: z.string(),
  request_headers: texts,
  request_data: z.record(z.string(), z.unknown()),
  response_headers: texts,
  response_body: z.string(),
  /** Seconds. */
  execution_duration: z.number(),
  /** A status code, or `internal error` when there was no answer. */
  response_status: z.string(),
  /** Why there was none. */
  internal_error_message: z.string().nullable(),
  created_at: timestamp(),
})
export type HookLogEntity = z.output<typeof hookLog>

const pairs = () => listOf(z.object({ key: text(), value: text() })).optional()

const settings = {
  name: text().nullish(),
  description: text().nullish(),
  ...flags([...toldFlags, ...otherHookFlags], () => bool().optional()),
  enable_ssl_verification: bool().optional(),
  /** Sent as X-Gitlab-Token, never answered. Another URL forgets it. */
  token: text().nullish(),
  /** `whsec_` and 32 bytes in base64: requests are signed with it (Standard Webhooks). Never answered. */
  signing_token: text().nullish(),
  push_events_branch_filter: text().nullish(),
  branch_filter_strategy: oneOf(branchFilterStrategies).optional(),
  custom_webhook_template: text().nullish(),
  url_variables: pairs(),
  custom_headers: pairs(),
}
const groupSettings = { ...settings, ...flags(groupHookFlags, () => bool().optional()) }

const statusWords = ['successful', 'client_failure', 'server_failure']
const status = text().refine(
  (word) => statusWords.includes(word) || /^[1-5]\d\d$/.test(word),
  'does not have a valid value',
)

/** What both have in common, by their own entity and parameters. */
function hookOperations<Hook extends z.ZodType, Settings extends z.ZodRawShape>(
  owner: 'Project' | 'Group',
  hook: Hook,
  given: Settings,
) {
  const tag = 'Webhooks'
  const path = `/${owner.toLowerCase()}s/:id/hooks`
  const what = `of a ${owner.toLowerCase()}`
  const one = { id: idOrPath(), hook_id: id() }
  return {
    list: operation({
      id: `list${owner}Hooks`,
      method: 'GET',
      path,
      tag,
      summary: `List the webhooks ${what}`,
      params: { id: idOrPath(), ...paging },
      response: z.array(hook),
    }),
    get: operation({
      id: `get${owner}Hook`,
      method: 'GET',
      path: `${path}/:hook_id`,
      tag,
      summary: `One webhook ${what}`,
      params: one,
      response: hook,
    }),
    create: operation({
      id: `create${owner}Hook`,
      method: 'POST',
      path,
      tag,
      summary: `Create a webhook ${what}`,
      params: { id: idOrPath(), url: text(), ...given },
      response: hook,
    }),
    update: operation({
      id: `update${owner}Hook`,
      method: 'PUT',
      path: `${path}/:hook_id`,
      tag,
      summary: `Change a webhook ${what}`,
      params: { ...one, url: text().optional(), ...given },
      response: hook,
    }),
    destroy: operation({
      id: `delete${owner}Hook`,
      method: 'DELETE',
      path: `${path}/:hook_id`,
      tag,
      summary: `Delete a webhook ${what}`,
      params: one,
    }),
    test: operation({
      id: `test${owner}Hook`,
      method: 'POST',
      path: `${path}/:hook_id/test/:trigger`,
      tag,
      summary: `Send a test request to a webhook ${what}, with the newest thing of that kind`,
      params: { ...one, trigger: oneOf([...toldFlags, ...otherHookFlags, ...groupHookFlags]) },
      response: z.object({ message: z.string() }),
    }),
    events: operation({
      id: `list${owner}HookEvents`,
      method: 'GET',
      path: `${path}/:hook_id/events`,
      tag,
      summary: `Requests to a webhook ${what} in the last 7 days, newest first`,
      params: {
        ...one,
        /** Status codes, or `successful`, `client_failure`, `server_failure`. */
        status: list(status).optional(),
        ...paging,
        per_page: int().pipe(z.int().min(1).max(20)).default(20),
      },
      response: z.array(hookLog),
    }),
    resend: operation({
      id: `resend${owner}HookEvent`,
      method: 'POST',
      path: `${path}/:hook_id/events/:hook_event_id/resend`,
      tag,
      summary: `Send a request to a webhook ${what} again`,
      params: { ...one, hook_event_id: id() },
      response: z.object({ response_status: z.number() }),
    }),
    header: pairOperations(
      { owner, path, what },
      { segment: 'custom_headers', name: 'CustomHeader', noun: 'custom header' },
    ),
    variable: pairOperations(
      { owner, path, what },
      { segment: 'url_variables', name: 'UrlVariable', noun: 'URL variable' },
    ),
  }
}

/** Setting and removing one custom header or URL variable: the values are never answered. */
function pairOperations(
  { owner, path, what }: { readonly owner: string; readonly path: string; readonly what: string },
  { segment, name, noun }: { readonly segment: string; readonly name: string; readonly noun: string },
) {
  const one = { id: idOrPath(), hook_id: id(), key: text({ max: 255 }) }
  return {
    set: operation({
      id: `set${owner}Hook${name}`,
      method: 'PUT',
      path: `${path}/:hook_id/${segment}/:key`,
      tag: 'Webhooks',
      summary: `Set a ${noun} of a webhook ${what}`,
      status: 204,
      params: { ...one, value: text() },
    }),
    remove: operation({
      id: `delete${owner}Hook${name}`,
      method: 'DELETE',
      path: `${path}/:hook_id/${segment}/:key`,
      tag: 'Webhooks',
      summary: `Remove a ${noun} of a webhook ${what}`,
      params: one,
    }),
  }
}

export const projectHooks = hookOperations('Project', projectHook, settings)
export const groupHooks = hookOperations('Group', groupHook, groupSettings)
