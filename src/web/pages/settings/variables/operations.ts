import { type CiVariableEntity, groupVariables, projectVariables } from '../../../../contract/ci-variables.ts'
import type { SettingsPlace } from '../settings-place.ts'

/** Who may see and change variables. */
export const changingVariables = { project: 'admin_variables', group: 'admin_group_variables' } as const

/** The same operations, of a project or of a group. */
export function variablesOf({ kind }: SettingsPlace): typeof projectVariables {
  return kind === 'project' ? projectVariables : groupVariables
}

/** What names one variable: environments may have variables of the same key. */
export function oneVariable(place: SettingsPlace, { key, environment_scope }: CiVariableEntity) {
  return { id: place.id, key, filter: { environment_scope } }
}
