/** The body of a webhook's request: what the queue kept of the moment, and the rest as it is now. */
import type { HookEventDetails, HookEventName, HookPayload, HookValue } from '../domain/webhook.ts'
import type { App } from './context.ts'
import { deploymentPayload } from './hook-payload-deployment.ts'
import { jobPayload } from './hook-payload-job.ts'
import { pipelinePayload } from './hook-payload-pipeline.ts'
import { pushPayload } from './hook-payload-push.ts'

export interface TellableEvent {
  readonly event: HookEventName
  readonly project_id: number
  readonly subject_id: number
  readonly details: HookEventDetails
}

/** Null when there is nothing left to tell: its subject is gone, or a blocked user's job caused it. */
export async function hookPayload(app: App, event: TellableEvent): Promise<HookPayload | null> {
  switch (event.event) {
    case 'push':
    case 'tag_push':
      return pushPayload(app, event)
    case 'job':
      return jobPayload(app, event)
    case 'pipeline':
      return pipelinePayload(app, event)
    case 'deployment':
      return deploymentPayload(app, event)
  }
}

/** A text among the details; null when there is none. */
export function textOf(value: HookValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}
