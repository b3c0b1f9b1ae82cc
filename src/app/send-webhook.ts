/** One attempt to tell one webhook of one event, and the record of it, in which no secret is. */
import { createHash, createHmac, randomUUID } from 'node:crypto'
import type { Insertable } from 'kysely'
import { readSettings } from '../db/settings.ts'
import type { WebhookLogTable } from '../db/tables.ts'
import type { Webhook } from '../db/webhooks.ts'
import { type HookEventName, type HookPayload, hookEvents, interpolateUrl, maskUrl } from '../domain/webhook.ts'
import { version } from '../version.ts'
import type { App } from './context.ts'
import { type OutboundAnswer, sendOutbound } from './outbound-request.ts'
import { webhookBody } from './webhook-body.ts'

export interface WebhookRequest {
  readonly hook: Webhook
  readonly event: HookEventName
  readonly payload: HookPayload
  /** The same for every hook that hears of the event. */
  readonly eventUuid: string
  /** The same for every attempt. */
  readonly idempotencyKey: string
}

export interface WebhookAttempt {
  /** Null: there was no answer. */
  readonly status: number | null
  /** Answered with 2xx or 3xx, which is what GitLab calls a success. */
  readonly succeeded: boolean
  /** The same request may succeed later. */
  readonly retryable: boolean
  /** What was answered, or why nothing was. */
  readonly message: string
  readonly log: Insertable<WebhookLogTable>
}

const redacted = '[REDACTED]'

/** @param signal ends the request before its time */
export async function sendWebhook(app: App, request: WebhookRequest, signal: AbortSignal): Promise<WebhookAttempt> {
  const { hook } = request
  const started = performance.now()
  const body = webhookBody(hook.custom_webhook_template, request.payload)
  const url = interpolateUrl(hook.url, hook.url_variables)
  const headers = headersOf(app, request, body.ok ? body.value.bytes : Buffer.alloc(0))
  const answer = body.ok
    ? await sendOutbound({
        url,
        body: body.value.bytes,
        headers: headers.all,
        secretHeaders: headers.secret,
        verifyCertificate: hook.enable_ssl_verification,
        settings: await readSettings(app.db),
        signal,
      })
    : body
  const status = answer.ok ? answer.value.status : null
  const hide = redactor(hook, url)
  return {
    status,
    succeeded: status !== null && status >= 200 && status < 400,
    retryable: body.ok && (status === null || status === 408 || status === 429 || status >= 500),
    message: answer.ok ? hide(answer.value.body) : answer.error,
    log: {
      webhook_id: hook.id,
      trigger: hookEvents[request.event].trigger,
      url: maskUrl(hook.url),
      url_digest: digestOfUrl(url),
      event_uuid: request.eventUuid,
      idempotency_key: request.idempotencyKey,
      request_headers: JSON.stringify(headers.told),
      request_data: JSON.stringify(body.ok ? body.value.data : {}),
      ...answerColumns(answer.ok ? answer.value : null, hide),
      internal_error_message: answer.ok ? null : answer.error,
      execution_duration: (performance.now() - started) / 1000,
    },
  }
}

/** By which a record knows whether its hook still goes where it went. */
export function digestOfUrl(url: string): Buffer {
  return createHash('sha256').update(url).digest()
}

function answerColumns(answer: OutboundAnswer | null, hide: (text: string) => string) {
  const headers = Object.entries(answer?.headers ?? {}).map(([name, value]) => [name, hide(value)])
  return {
    response_headers: JSON.stringify(Object.fromEntries(headers)),
    response_body: hide(answer?.body ?? ''),
    response_status: answer ? String(answer.status) : 'internal error',
  }
}

/** GitLab's headers (GitLab docs, Webhooks: delivery headers). Ours win over custom ones of the same name. */
function headersOf(app: App, { hook, event, ...request }: WebhookRequest, body: Buffer) {
  const own: Record<string, string> = {
    'Content-Type': 'application/json',
    'User-Agent': `Countersign/${version}`,
    Accept: '*/*',
    'Idempotency-Key': request.idempotencyKey,
    'X-Gitlab-Event': hookEvents[event].header,
    'X-Gitlab-Webhook-UUID': randomUUID(),
    'X-Gitlab-Instance': app.externalUrl,
    'X-Gitlab-Event-UUID': request.eventUuid,
    ...(hook.signing_token === null ? {} : signatureOf(app, hook.signing_token, request.idempotencyKey, body)),
  }
  const taken = new Set([...Object.keys(own), 'X-Gitlab-Token'].map((name) => name.toLowerCase()))
  const custom = Object.entries(hook.custom_headers).filter(([name]) => !taken.has(name.toLowerCase()))
  const token = hook.token === null ? {} : { 'X-Gitlab-Token': hook.token }
  const secret = { ...Object.fromEntries(custom), ...token }
  return {
    all: { ...secret, ...own },
    secret: new Set([...Object.keys(secret), 'webhook-signature'].map((name) => name.toLowerCase())),
    /** As the record has them. */
    told: { ...Object.fromEntries(Object.keys(secret).map((name) => [name, redacted])), ...own },
  }
}

/** The Standard Webhooks signature, as GitLab sends it since 19.0. */
function signatureOf(app: App, signingToken: string, id: string, body: Buffer): Record<string, string> {
  const timestamp = String(Math.floor(app.now().getTime() / 1000))
  const key = Buffer.from(signingToken.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

/** Takes the hook's secrets out of what a receiver sent back: some answer with what they were sent. */
function redactor(hook: Webhook, url: string): (text: string) => string {
  const password = URL.canParse(url) ? new URL(url).password : ''
  const secrets = [
    hook.token,
    hook.signing_token,
    password,
    ...Object.values(hook.custom_headers),
    ...Object.values(hook.url_variables),
  ].filter((secret): secret is string => (secret?.length ?? 0) >= 4)
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)])
  const longestFirst = [...new Set(forms)].toSorted((a, b) => b.length - a.length)
  return (text) => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, redacted), text)
}
