import {
  groupProtectedEnvironments,
  projectProtectedEnvironments,
} from '../../../../contract/protected-environments.ts'
import type { SettingsPlace } from '../settings-place.ts'

/** The same operations, of a project or of a group. */
export function operationsOf({ kind }: SettingsPlace): typeof projectProtectedEnvironments {
  return kind === 'project' ? projectProtectedEnvironments : groupProtectedEnvironments
}

/** Who may protect, change and unprotect. */
export const protecting = {
  project: 'admin_protected_environments',
  group: 'admin_group_protected_environments',
} as const

export const protectionsPage = 'protected_environments'
