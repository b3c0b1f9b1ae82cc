/** Webhooks as the API shows them: never a secret. */
import type { GroupHookEntity, HookLogEntity, ProjectHookEntity } from '../../contract/webhooks.ts'
import type { WebhookLog } from '../../db/webhook-logs.ts'
import type { Webhook } from '../../db/webhooks.ts'
import { alertStatus, groupHookFlags, maskUrl, type OtherHookFlag, otherHookFlags } from '../../domain/webhook.ts'

/** @param whole with the names of headers and variables, which lists leave out */
export function presentProjectHook(hook: Webhook, now: Date, whole: boolean): ProjectHookEntity {
  return { ...presentHook(hook, now, whole), project_id: hook.project_id ?? 0 }
}

export function presentGroupHook(hook: Webhook, now: Date, whole: boolean): GroupHookEntity {
  return {
    ...presentHook(hook, now, whole),
    group_id: hook.group_id ?? 0,
    ...flagsOf(hook, groupHookFlags),
  }
}

function presentHook(hook: Webhook, now: Date, whole: boolean) {
  const keysOf = (pairs: Readonly<Record<string, string>>) => Object.keys(pairs).map((key) => ({ key }))
  return {
    id: hook.id,
    url: maskUrl(hook.url),
    name: hook.name,
    description: hook.description,
    created_at: hook.created_at.toISOString(),
    push_events: hook.push_events,
    tag_push_events: hook.tag_push_events,
    job_events: hook.job_events,
    pipeline_events: hook.pipeline_events,
    deployment_events: hook.deployment_events,
    ...flagsOf(hook, otherHookFlags),
    repository_update_events: false,
    enable_ssl_verification: hook.enable_ssl_verification,
    alert_status: alertStatus(hook, now),
    disabled_until: hook.disabled_until?.toISOString() ?? null,
    push_events_branch_filter: hook.push_events_branch_filter,
    branch_filter_strategy: hook.branch_filter_strategy,
    custom_webhook_template: hook.custom_webhook_template,
    token_present: hook.token !== null,
    signing_token_present: hook.signing_token !== null,
    ...(whole ? { url_variables: keysOf(hook.url_variables), custom_headers: keysOf(hook.custom_headers) } : {}),
  }
}

function flagsOf<Flag extends OtherHookFlag>(hook: Webhook, flags: readonly Flag[]): Record<Flag, boolean> {
  return Object.fromEntries(flags.map((flag) => [flag, hook.other_events.includes(flag)])) as Record<Flag, boolean>
}

export function presentHookLog(log: WebhookLog): HookLogEntity {
  return {
    id: log.id,
    url: log.url,
    trigger: log.trigger,
    request_headers: { ...log.request_headers },
    request_data: { ...log.request_data },
    response_headers: { ...log.response_headers },
    response_body: log.response_body,
    execution_duration: log.execution_duration,
    response_status: log.response_status,
    internal_error_message: log.internal_error_message,
    created_at: log.created_at.toISOString(),
  }
}
