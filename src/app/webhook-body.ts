/** The bytes of a webhook's request: the event, or what the hook's template makes of it (GitLab docs, Custom webhook template). */
import { err, ok, type Result } from '../domain/result.ts'
import type { HookPayload, HookValue } from '../domain/webhook.ts'

/** GitLab's limit. */
const mostBytes = 25 * 1024 * 1024

/** What is sent, as bytes and as it is kept in the log; or why nothing can be sent. */
export function webhookBody(
  template: string | null,
  payload: HookPayload,
): Result<{ readonly bytes: Buffer; readonly data: HookPayload }, string> {
  const data = template ? render(template, payload) : ok(payload)
  if (!data.ok) return data
  const bytes = Buffer.from(JSON.stringify(data.value))
  return bytes.length > mostBytes ? err('The payload is too large') : ok({ bytes, data: data.value })
}

/** `{{object_attributes.id}}` becomes the value, texts without their quotes. The result must be a JSON object. */
function render(template: string, payload: HookPayload): Result<HookPayload, string> {
  const text = template.replaceAll(/\{\{(.+?)\}\}/g, (_whole, path: string) => {
    const json = JSON.stringify(valueAt(payload, path.split('.')))
    return json.startsWith('"') ? json.slice(1, -1) : json
  })
  try {
    const value: HookValue = JSON.parse(text) as HookValue
    if (isObject(value)) return ok(value)
  } catch {
    // Told like a template that makes something else than an object.
  }
  return err('Error while parsing rendered custom webhook template')
}

function valueAt(payload: HookPayload, path: readonly string[]): HookValue {
  return path.reduce<HookValue>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? (value[key] ?? null) : null),
    payload,
  )
}

function isObject(value: HookValue): value is HookPayload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
