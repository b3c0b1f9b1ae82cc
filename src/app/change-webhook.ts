/** Creating, changing and deleting webhooks (GitLab Project and Group webhooks API). */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import type { Tx } from '../db/open.ts'
import { readSettings } from '../db/settings.ts'
import { inTransaction } from '../db/transaction.ts'
import {
  countWebhooks,
  deleteWebhook as deleteRow,
  findWebhook,
  type HookOwner,
  type HookValues,
  insertWebhook,
  lockWebhook,
  updateWebhook as updateRow,
  type Webhook,
} from '../db/webhooks.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { headerFits, hookTextProblems, interpolateUrl, maskUrl, missingUrlKeys, pairsFit } from '../domain/webhook.ts'
import { newRefProblem } from '../git/ref-name.ts'
import { type App, authorOf } from './context.ts'
import { judgeDestination } from './outbound-guard.ts'
import { compile } from './queue-push-event.ts'

/** What is undefined stays as it is; headers and variables replace those that are there. */
export type HookChanges = { readonly [K in keyof HookValues]?: HookValues[K] | undefined }

type Changed = Promise<Result<Webhook, Refusal>>

const notFound: Refusal = { code: 'not_found', what: null }

/** GitLab's: every event makes a request for each. */
const hookLimits = { project: 100, group: 50 } as const

export async function createWebhook(
  app: App,
  actor: Actor,
  owner: HookOwner,
  { url, ...given }: HookChanges & { readonly url: string },
): Changed {
  const values = cleaned({ ...defaults, url, ...spoken(given) })
  const refusal = await refusalOf(app, values)
  if (refusal) return err(refusal)
  return inTransaction(app.db, async (tx) => {
    const limit = hookLimits[owner.kind]
    if ((await countWebhooks(tx, owner)) >= limit) {
      const sentence = `Maximum number of ${owner.kind} hooks (${limit}) exceeded`
      return err({ code: 'unprocessable_fields', errors: { base: [sentence] } })
    }
    const made = await insertWebhook(tx, owner, values)
    await writeAudit(tx, [entry('created', owner, null, made)], authorOf(actor))
    return ok(made)
  })
}

/**
 * Changes what is given. Another URL forgets the token, headers and variables that are not given with it: whoever changes where
 * requests go must not get secrets that somebody else stored (GitLab docs, Webhooks).
 */
export async function updateWebhook(app: App, actor: Actor, owner: HookOwner, id: number, given: HookChanges): Changed {
  return changeWebhook(app, actor, owner, id, (before) => withChanges(before, spoken(given)))
}

/** Sets or removes one custom header or URL variable. */
export async function changeHookPair(
  app: App,
  actor: Actor,
  { owner, id }: { readonly owner: HookOwner; readonly id: number },
  pair: { readonly of: 'custom_headers' | 'url_variables'; readonly key: string; readonly value: string | null },
): Promise<Result<void, Refusal>> {
  const what = pair.of === 'custom_headers' ? 'Custom header' : 'URL variable'
  const changed = await changeWebhook(app, actor, owner, id, (before) => {
    const { [pair.key]: old, ...others } = before[pair.of]
    if (pair.value === null && old === undefined) return { code: 'not_found', what }
    const sentence =
      pair.value !== null
        ? 'Illegal key or value'
        : pair.of === 'custom_headers'
          ? 'Could not unset custom header'
          : 'Could not unset variable'
    const values =
      pair.value === null
        ? { ...valuesOf(before), [pair.of]: others }
        : withChanges(before, { [pair.of]: { [pair.key]: pair.value } })
    const fits = pairProblem(values) === null && missingUrlKeys(values.url, values.url_variables).length === 0
    return fits ? values : { code: 'invalid_hook', sentence, reason: null }
  })
  return changed.ok ? ok(undefined) : changed
}

export async function deleteWebhook(
  app: App,
  actor: Actor,
  owner: HookOwner,
  id: number,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const before = await lockWebhook(tx, owner, id)
    if (!before) return err(notFound)
    await deleteRow(tx, id)
    await writeAudit(tx, [entry('destroyed', owner, before, null)], authorOf(actor))
    return ok(undefined)
  })
}

/**
 * Names are resolved before anything is locked, because that may take seconds; under the lock the URL must be the one that was judged.
 * @param decide what the hook is to be, from what it is
 */
async function changeWebhook(
  app: App,
  actor: Actor,
  owner: HookOwner,
  id: number,
  decide: (before: Webhook) => HookValues | Refusal,
): Changed {
  const now = await findWebhook(app.db, owner, id)
  if (!now) return err(notFound)
  const first = decide(now)
  if ('code' in first) return err(first)
  const refusal = await refusalOf(app, cleaned(first))
  if (refusal) return err(refusal)
  return inTransaction(app.db, async (tx: Tx): Changed => {
    const before = await lockWebhook(tx, owner, id)
    if (!before) return err(notFound)
    const decided = decide(before)
    if ('code' in decided) return err(decided)
    if (JSON.stringify(before.updated_at) !== JSON.stringify(now.updated_at)) {
      return err({ code: 'conflict', sentence: 'The webhook was changed by somebody else meanwhile' })
    }
    const after = await updateRow(tx, id, cleaned(decided))
    await writeAudit(tx, [entry('updated', owner, before, after)], authorOf(actor))
    return ok(after)
  })
}

const defaults: Omit<HookValues, 'url'> = {
  name: null,
  description: null,
  token: null,
  signing_token: null,
  custom_headers: {},
  url_variables: {},
  custom_webhook_template: null,
  enable_ssl_verification: true,
  push_events_branch_filter: null,
  branch_filter_strategy: 'wildcard',
  push_events: true,
  tag_push_events: false,
  job_events: false,
  pipeline_events: false,
  deployment_events: false,
  other_events: [],
}

function valuesOf(hook: Webhook): HookValues {
  return {
    url: hook.url,
    name: hook.name,
    description: hook.description,
    token: hook.token,
    signing_token: hook.signing_token,
    custom_headers: hook.custom_headers,
    url_variables: hook.url_variables,
    custom_webhook_template: hook.custom_webhook_template,
    enable_ssl_verification: hook.enable_ssl_verification,
    push_events_branch_filter: hook.push_events_branch_filter,
    branch_filter_strategy: hook.branch_filter_strategy,
    push_events: hook.push_events,
    tag_push_events: hook.tag_push_events,
    job_events: hook.job_events,
    pipeline_events: hook.pipeline_events,
    deployment_events: hook.deployment_events,
    other_events: hook.other_events,
  }
}

function spoken(given: HookChanges): Partial<HookValues> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function withChanges(before: Webhook, given: Partial<HookValues>): HookValues {
  // Whoever sends back the URL that they were shown means the one that is stored.
  const url = given.url === undefined || given.url.trim() === maskUrl(before.url) ? before.url : given.url.trim()
  const merged: HookValues = {
    ...valuesOf(before),
    ...given,
    url,
    custom_headers: { ...before.custom_headers, ...given.custom_headers },
    url_variables:
      url === before.url ? { ...before.url_variables, ...given.url_variables } : (given.url_variables ?? {}),
  }
  const there = interpolateUrl(before.url, before.url_variables)
  if (interpolateUrl(url, merged.url_variables) === there) return merged
  return {
    ...merged,
    token: given.token ?? null,
    signing_token: given.signing_token ?? null,
    custom_headers: given.custom_headers ?? {},
    url_variables: given.url_variables ?? {},
  }
}

function cleaned(values: HookValues): HookValues {
  const filter = values.push_events_branch_filter?.trim() ?? null
  return {
    ...values,
    url: values.url.trim(),
    push_events_branch_filter: filter,
    token: values.token || null,
    signing_token: values.signing_token || null,
    custom_webhook_template: values.custom_webhook_template || null,
  }
}

/** In GitLab's words and order. */
async function refusalOf(app: App, values: HookValues): Promise<Refusal | null> {
  const missing = missingUrlKeys(values.url, values.url_variables)
  if (missing.length > 0) {
    return invalidUrl(`Invalid URL template. Missing keys: ${JSON.stringify(missing).replaceAll(',', ', ')}`)
  }
  const url = interpolateUrl(values.url, values.url_variables)
  const judged = await judgeDestination(url, await readSettings(app.db))
  // A name that does not resolve today may tomorrow; it is judged whenever it is used.
  if (!judged.ok && judged.error.code === 'blocked') return invalidUrl(`Url is blocked: ${judged.error.sentence}`)
  if (values.url.length > 2048) return invalidUrl('Url is too long (maximum is 2048 characters)')
  if (!filterFits(values)) return { code: 'invalid_hook', sentence: 'Invalid branch filter given', reason: null }
  const pairs = pairProblem(values)
  if (pairs) return pairs
  const errors = hookTextProblems(values)
  return Object.keys(errors).length > 0 ? { code: 'unprocessable_fields', errors } : null
}

function invalidUrl(reason: string): Refusal {
  return { code: 'invalid_hook', sentence: 'Invalid url given', reason }
}

function pairProblem({ custom_headers: headers, url_variables: variables }: HookValues): Refusal | null {
  if (!pairsFit(headers) || !Object.entries(headers).every(([name, value]) => headerFits(name, value))) {
    return { code: 'invalid_hook', sentence: 'Custom headers validation failed: is invalid', reason: null }
  }
  return pairsFit(variables) ? null : { code: 'invalid_hook', sentence: 'Illegal key or value', reason: null }
}

function filterFits({ push_events_branch_filter: filter, branch_filter_strategy: strategy }: HookValues): boolean {
  if (!filter || strategy === 'all_branches') return true
  if (filter.length > 5_000) return false
  if (strategy === 'regex') return compile(filter) !== null
  return newRefProblem({ type: 'branch', name: filter.replaceAll('*', 'x') }) === null
}

/** Where a hook goes is told by its host alone: the rest of many a URL is a secret. Of secrets it is told that they changed. */
function entry(
  verb: 'created' | 'updated' | 'destroyed',
  owner: HookOwner,
  before: Webhook | null,
  after: Webhook | null,
): AuditEntry {
  const hook = after ?? before
  const changed = (Object.keys(defaults) as (keyof HookValues)[]).filter(
    (key) => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]),
  )
  return {
    event: `webhook_${verb}`,
    entity: { type: owner.kind === 'project' ? 'Project' : 'Group', id: owner.id },
    target: {
      type: owner.kind === 'project' ? 'ProjectHook' : 'GroupHook',
      id: hook?.id ?? null,
      details: `Hook ${hook?.id}`,
    },
    details: {
      before: before && snapshot(before),
      after: after && snapshot(after),
      ...(before && after ? { changed: [...(before.url === after.url ? [] : ['url']), ...changed] } : {}),
    },
  }
}

function snapshot(hook: Webhook) {
  const url = interpolateUrl(hook.url, {})
  return {
    host: URL.canParse(url) ? new URL(url).host : null,
    name: hook.name,
    enable_ssl_verification: hook.enable_ssl_verification,
    push_events_branch_filter: hook.push_events_branch_filter,
    branch_filter_strategy: hook.branch_filter_strategy,
    events: [
      ...(['push_events', 'tag_push_events', 'job_events', 'pipeline_events', 'deployment_events'] as const).filter(
        (flag) => hook[flag],
      ),
      ...hook.other_events,
    ],
    has_token: hook.token !== null,
    has_signing_token: hook.signing_token !== null,
    custom_headers: Object.keys(hook.custom_headers),
    url_variables: Object.keys(hook.url_variables),
  }
}
