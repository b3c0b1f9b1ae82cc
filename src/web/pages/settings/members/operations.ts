import { shareGroup, unshareGroup } from '../../../../contract/groups.ts'
import { groupMembers, projectMembers } from '../../../../contract/members.ts'
import { shareProject, unshareProject } from '../../../../contract/projects.ts'
import type { SettingsPlace } from '../settings-place.ts'

/** Who may add, change and remove members, and invite groups. */
export const changingMembers = { project: 'admin_members', group: 'admin_group_members' } as const

/** The same operations, of a project or of a group. */
export function membersOf({ kind }: SettingsPlace): typeof projectMembers {
  return kind === 'project' ? projectMembers : groupMembers
}

export function sharingOf({ kind }: SettingsPlace) {
  return kind === 'project'
    ? { share: shareProject, unshare: unshareProject }
    : { share: shareGroup, unshare: unshareGroup }
}

/** What every section of the page is given. */
export interface MembersProps {
  readonly place: SettingsPlace
  /** Why this person may not change members; null: they may. */
  readonly refusal: string | null
}

/** `expires_at` of a form; an empty one is not sent. */
export function expiryOf(date: string): { expires_at?: string } {
  return date === '' ? {} : { expires_at: date }
}
