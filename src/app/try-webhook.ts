/** Requests that a person asks for: a test, and sending an event again. They go out at once, even when the hook rests. */
import { randomUUID } from 'node:crypto'
import { inTransaction } from '../db/transaction.ts'
import { findWebhookLog } from '../db/webhook-logs.ts'
import { sampleEventOf, sampleProjects } from '../db/webhook-samples.ts'
import type { HookOwner, Webhook } from '../db/webhooks.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type HookEventName, hookEventNames, hookEvents, interpolateUrl } from '../domain/webhook.ts'
import { listCommits } from '../git/log.ts'
import { fullRefName, zeroSha } from '../git/ref-name.ts'
import { findRef, listRefs } from '../git/refs.ts'
import type { App } from './context.ts'
import { recordOutcome } from './deliver-webhooks.ts'
import { hookPayload, type TellableEvent } from './hook-payload.ts'
import { digestOfUrl, sendWebhook, type WebhookAttempt } from './send-webhook.ts'

const unprocessable = (sentence: string) => err<Refusal>({ code: 'unprocessable', sentence })

/** What GitLab misses in a project that cannot be tested with. */
const missing: Record<HookEventName, string> = {
  push: 'Ensure the project has commits.',
  tag_push: 'Ensure the project has tags.',
  job: 'Ensure the project has CI jobs.',
  pipeline: 'Ensure the project has CI pipelines.',
  deployment: 'Ensure the project has deployments.',
}

/** A test with the newest thing of its kind; a success ends the hook's rest. */
export async function testWebhook(
  app: App,
  { hook, owner, trigger, userId }: { hook: Webhook; owner: HookOwner; trigger: string; userId: number },
): Promise<Result<void, Refusal>> {
  const event = hookEventNames.find((name) => hookEvents[name].flag === trigger)
  if (!event) return unprocessable(`Ensure the project has ${trigger.replace(/_events$/, '').replaceAll('_', ' ')}.`)
  const sample = await sampleEvent(app, owner, event, userId)
  const payload = sample && (await hookPayload(app, sample))
  if (!payload) return unprocessable(missing[event])
  const attempt = await attemptNow(app, { hook, event, payload, idempotencyKey: randomUUID() })
  const fine = attempt.status !== null && attempt.status >= 200 && attempt.status < 300
  return fine ? ok(undefined) : unprocessable(attempt.message)
}

/** Sends what a record says was sent, with the same key. Answers the status. */
export async function resendWebhook(app: App, hook: Webhook, logId: number): Promise<Result<number, Refusal>> {
  const log = await findWebhookLog(app.db, hook.id, logId)
  if (!log) return err({ code: 'not_found', what: null })
  const event = hookEventNames.find((name) => hookEvents[name].trigger === log.trigger)
  const here = digestOfUrl(interpolateUrl(hook.url, hook.url_variables))
  if (!event || !here.equals(log.url_digest)) {
    return unprocessable('The hook URL has changed. This log entry cannot be retried.')
  }
  const attempt = await attemptNow(app, {
    // What was sent is sent: the template has done its work.
    hook: { ...hook, custom_webhook_template: null },
    event,
    payload: log.request_data,
    idempotencyKey: log.idempotency_key,
  })
  return attempt.status === null ? unprocessable(attempt.message) : ok(attempt.status)
}

async function attemptNow(
  app: App,
  request: Omit<Parameters<typeof sendWebhook>[1], 'eventUuid'>,
): Promise<WebhookAttempt> {
  const attempt = await sendWebhook(app, { ...request, eventUuid: randomUUID() }, app.closing)
  await inTransaction(app.db, (tx) => recordOutcome(tx, attempt))
  return attempt
}

async function sampleEvent(
  app: App,
  owner: HookOwner,
  event: HookEventName,
  userId: number,
): Promise<TellableEvent | null> {
  if (event !== 'push' && event !== 'tag_push') return sampleEventOf(app.db, owner, event)
  for (const project of await sampleProjects(app.db, owner)) {
    const details = await pushSample(app, project, event)
    if (details) return { event, project_id: project.id, subject_id: 0, details: { ...details, user_id: userId } }
  }
  return null
}

/** The last three commits of the default branch, or a tag. */
async function pushSample(
  app: App,
  project: { readonly id: number; readonly default_branch: string },
  event: 'push' | 'tag_push',
): Promise<TellableEvent['details'] | null> {
  if (!(await app.repositories.exists(project.id))) return null
  const repository = app.repositories.open(project.id)
  if (event === 'tag_push') {
    const [tag] = await listRefs(repository, 'tag', {})
    return tag ? { ref: fullRefName(tag), before: zeroSha, after: tag.target } : null
  }
  const branch = await findRef(repository, { type: 'branch', name: project.default_branch })
  if (!branch) return null
  const commits = (await listCommits(repository, { revision: branch.target, limit: 4 })) ?? []
  return { ref: fullRefName(branch), before: commits[3]?.sha ?? zeroSha, after: branch.target }
}
