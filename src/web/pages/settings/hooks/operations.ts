import type { ItemOf } from '../../../../contract/client.ts'
import { groupHooks, projectHooks } from '../../../../contract/webhooks.ts'
import type { SettingsPlace } from '../settings-place.ts'

/** Who may see and change webhooks. */
export const changingHooks = { project: 'admin_hooks', group: 'admin_group_hooks' } as const

export type Hook = ItemOf<typeof projectHooks.list> | ItemOf<typeof groupHooks.list>

/** The same operations, of a project or of a group. */
export function hooksOf({ kind }: SettingsPlace) {
  return kind === 'project' ? projectHooks : groupHooks
}

/** What a webhook can be told of, as the form and the list call it. */
export const triggers = [
  ['push_events', 'Pushes'],
  ['tag_push_events', 'Pushes of tags'],
  ['job_events', 'Jobs'],
  ['pipeline_events', 'Pipelines'],
  ['deployment_events', 'Deployments'],
] as const

export type Trigger = (typeof triggers)[number][0]
