/** Project webhooks API and Group webhooks API. */
import {
  changeHookPair,
  createWebhook,
  deleteWebhook,
  type HookChanges,
  updateWebhook,
} from '../../app/change-webhook.ts'
import { resendWebhook, testWebhook } from '../../app/try-webhook.ts'
import type { InputOf } from '../../contract/operation.ts'
import { groupHooks, projectHooks } from '../../contract/webhooks.ts'
import { type LogFilter, webhookLogPage } from '../../db/webhook-logs.ts'
import { findWebhook, type HookOwner, type Webhook, webhookPage } from '../../db/webhooks.ts'
import type { Actor } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { groupHookFlags, type OtherHookFlag, otherHookFlags } from '../../domain/webhook.ts'
import { type Attempts, countAttempts } from '../attempts.ts'
import { implement, type Knock, type Route } from '../call.ts'
import { groupFor, projectFor } from '../find.ts'
import { mapPage } from '../pagination.ts'
import { presentGroupHook, presentHookLog, presentProjectHook } from '../present/webhook.ts'

type OwnerOf = (call: Knock) => Promise<Result<HookOwner, Refusal>>

const projectOwner: OwnerOf = async (call) => {
  const found = await projectFor(call, 'admin_hooks')
  return found.ok ? ok({ kind: 'project', id: found.value.project.id }) : found
}

const groupOwner: OwnerOf = async (call) => {
  const found = await groupFor(call, 'admin_group_hooks')
  return found.ok ? ok({ kind: 'group', id: found.value.group.id }) : found
}

/** GitLab's limit for requests that a person causes: five a minute, per person and owner. */
const tests = countAttempts(5, 60_000)
const resends = countAttempts(5, 60_000)

export const webhookRoutes: Route[] = [
  ...settingRoutes(),
  ...requestRoutes(projectHooks, projectOwner),
  ...requestRoutes(groupHooks, groupOwner),
]

/** What differs by the entity is said twice, so that each answer has its own type. */
function settingRoutes(): Route[] {
  const ofProject = { authorizeFirst: projectOwner }
  const ofGroup = { authorizeFirst: groupOwner }
  return [
    implement(
      projectHooks.list,
      async (call) => {
        const owner = await projectOwner(call)
        if (!owner.ok) return owner
        const now = call.app.now()
        const page = await webhookPage(call.app.db, owner.value, call.input)
        return ok(mapPage(page, (hook) => presentProjectHook(hook, now, false)))
      },
      ofProject,
    ),
    implement(
      groupHooks.list,
      async (call) => {
        const owner = await groupOwner(call)
        if (!owner.ok) return owner
        const now = call.app.now()
        const page = await webhookPage(call.app.db, owner.value, call.input)
        return ok(mapPage(page, (hook) => presentGroupHook(hook, now, true)))
      },
      ofGroup,
    ),
    implement(
      projectHooks.get,
      async (call) => {
        const found = await hookFor(call, projectOwner)
        return found.ok ? ok(presentProjectHook(found.value.hook, call.app.now(), true)) : found
      },
      ofProject,
    ),
    implement(
      groupHooks.get,
      async (call) => {
        const found = await hookFor(call, groupOwner)
        return found.ok ? ok(presentGroupHook(found.value.hook, call.app.now(), true)) : found
      },
      ofGroup,
    ),
    implement(
      projectHooks.create,
      async ({ app, actor, input }) => {
        const owner = await projectOwner({ app, actor, input })
        if (!owner.ok) return owner
        const made = await createWebhook(app, actor, owner.value, { ...changesOf(input), url: input.url })
        return made.ok ? ok(presentProjectHook(made.value, app.now(), true)) : made
      },
      ofProject,
    ),
    implement(
      groupHooks.create,
      async ({ app, actor, input }) => {
        const owner = await groupOwner({ app, actor, input })
        if (!owner.ok) return owner
        const made = await createWebhook(app, actor, owner.value, { ...changesOf(input), url: input.url })
        return made.ok ? ok(presentGroupHook(made.value, app.now(), true)) : made
      },
      ofGroup,
    ),
    implement(
      projectHooks.update,
      async (call) => {
        const changed = await update(call, projectOwner)
        return changed.ok ? ok(presentProjectHook(changed.value, call.app.now(), true)) : changed
      },
      ofProject,
    ),
    implement(
      groupHooks.update,
      async (call) => {
        const changed = await update(call, groupOwner)
        return changed.ok ? ok(presentGroupHook(changed.value, call.app.now(), true)) : changed
      },
      ofGroup,
    ),
  ]
}

function requestRoutes(operations: typeof projectHooks | typeof groupHooks, ownerOf: OwnerOf): Route[] {
  const first = { authorizeFirst: ownerOf }
  const pairRoutes = ({ set, remove }: typeof operations.header, of: 'custom_headers' | 'url_variables'): Route[] => [
    implement(
      set,
      async ({ app, actor, input }) => {
        const owner = await ownerOf({ app, actor, input })
        if (!owner.ok) return owner
        const place = { owner: owner.value, id: input.hook_id }
        return changeHookPair(app, actor, place, { of, key: input.key, value: input.value })
      },
      first,
    ),
    implement(
      remove,
      async ({ app, actor, input }) => {
        const owner = await ownerOf({ app, actor, input })
        if (!owner.ok) return owner
        const place = { owner: owner.value, id: input.hook_id }
        return changeHookPair(app, actor, place, { of, key: input.key, value: null })
      },
      first,
    ),
  ]
  return [
    implement(
      operations.destroy,
      async ({ app, actor, input }) => {
        const owner = await ownerOf({ app, actor, input })
        return owner.ok ? deleteWebhook(app, actor, owner.value, input.hook_id) : owner
      },
      first,
    ),
    implement(
      operations.test,
      async (call) => {
        const found = await hookFor(call, ownerOf)
        if (!found.ok) return found
        const { app, actor, input } = call
        if (tooMany(tests, found.value.owner, actor.userId)) return err({ code: 'too_many_requests' })
        const tested = await testWebhook(app, { ...found.value, trigger: input.trigger, userId: actor.userId })
        return tested.ok ? ok({ message: '201 Created' }) : tested
      },
      first,
    ),
    implement(
      operations.events,
      async (call) => {
        const found = await hookFor(call, ownerOf)
        if (!found.ok) return found
        const { app, input } = call
        const page = await webhookLogPage(app.db, found.value.hook.id, filterOf(input.status), input)
        return ok(mapPage(page, presentHookLog))
      },
      first,
    ),
    implement(
      operations.resend,
      async (call) => {
        const found = await hookFor(call, ownerOf)
        if (!found.ok) return found
        const { app, actor, input } = call
        if (tooMany(resends, found.value.owner, actor.userId)) return err({ code: 'too_many_requests' })
        const sent = await resendWebhook(app, found.value.hook, input.hook_event_id)
        return sent.ok ? ok({ response_status: sent.value }) : sent
      },
      first,
    ),
    ...pairRoutes(operations.header, 'custom_headers'),
    ...pairRoutes(operations.variable, 'url_variables'),
  ]
}

/** The hook of `:hook_id`, for whoever may administer its owner's hooks. */
async function hookFor(
  call: Knock & { readonly input: { readonly hook_id: number } },
  ownerOf: OwnerOf,
): Promise<Result<{ readonly owner: HookOwner; readonly hook: Webhook }, Refusal>> {
  const owner = await ownerOf(call)
  if (!owner.ok) return owner
  const hook = await findWebhook(call.app.db, owner.value, call.input.hook_id)
  return hook ? ok({ owner: owner.value, hook }) : err({ code: 'not_found', what: null })
}

async function update(
  { app, actor, input }: Knock & { readonly actor: Actor; readonly input: Given & { readonly hook_id: number } },
  ownerOf: OwnerOf,
): Promise<Result<Webhook, Refusal>> {
  const found = await hookFor({ app, actor, input }, ownerOf)
  if (!found.ok) return found
  const { owner, hook } = found.value
  const changes = changesOf(input, hook.other_events)
  if (Object.values(changes).every((value) => value === undefined)) {
    return err({ code: 'invalid_parameter', sentence: 'No parameters provided' })
  }
  return updateWebhook(app, actor, owner, hook.id, changes)
}

/** What both owners' parameters have in common; a group has some flags more. */
type GroupInput = Omit<InputOf<typeof groupHooks.create>, 'id'>
type Given = { readonly [K in keyof GroupInput]?: GroupInput[K] | undefined }

/** @param before flags of events that do not exist here, as they are */
function changesOf(input: Given, before: readonly string[] = []): HookChanges {
  const { url_variables: variables, custom_headers: headers } = input
  return {
    url: input.url,
    name: input.name,
    description: input.description,
    token: input.token,
    signing_token: input.signing_token,
    push_events_branch_filter: input.push_events_branch_filter,
    branch_filter_strategy: input.branch_filter_strategy,
    custom_webhook_template: input.custom_webhook_template,
    enable_ssl_verification: input.enable_ssl_verification,
    push_events: input.push_events,
    tag_push_events: input.tag_push_events,
    job_events: input.job_events,
    pipeline_events: input.pipeline_events,
    deployment_events: input.deployment_events,
    other_events: otherFlags(input, before),
    url_variables: variables && pairsOf(variables),
    custom_headers: headers && pairsOf(headers),
  }
}

function otherFlags(input: Given, before: readonly string[]): string[] | undefined {
  const all: readonly OtherHookFlag[] = [...otherHookFlags, ...groupHookFlags]
  if (all.every((flag) => input[flag] === undefined)) return undefined
  return all.filter((flag) => input[flag] ?? before.includes(flag))
}

function pairsOf(list: readonly { readonly key: string; readonly value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ key, value }) => [key, value]))
}

const ranges: Readonly<Record<string, number>> = { successful: 200, client_failure: 400, server_failure: 500 }

function filterOf(statuses: readonly string[] | undefined): LogFilter | null {
  if (!statuses || statuses.length === 0) return null
  return {
    statuses: statuses.filter((status) => !(status in ranges)),
    ranges: statuses.flatMap((status) => ranges[status] ?? []),
  }
}

/** Counts this request, and says whether it is one too many. */
function tooMany(counter: Attempts, owner: HookOwner, userId: number): boolean {
  const key = `${owner.kind} ${owner.id} ${userId}`
  if (counter.wait(key) > 0) return true
  counter.failed(key)
  return false
}
