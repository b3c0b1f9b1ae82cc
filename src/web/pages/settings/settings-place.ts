import { useQuery } from '@tanstack/react-query'
import type { ResponseOf } from '../../../contract/operation.ts'
import { listGroupPermissions, listProjectPermissions } from '../../../contract/permissions.ts'
import { query } from '../../api/query.ts'
import { groupPath, projectPath } from '../../paths.ts'

/** The project or group whose settings are shown. */
export interface SettingsPlace {
  readonly kind: 'project' | 'group'
  readonly id: number
  readonly name: string
  readonly fullPath: string
  /** The address under which the server is known, without a slash at the end. */
  readonly server: string
}

export interface SettingsPageProps {
  readonly place: SettingsPlace
}

/** The address of a page of settings, or with `query` of one of its states. */
export function settingsPath({ kind, fullPath }: SettingsPlace, page: string, query = ''): string {
  const home = kind === 'project' ? projectPath(fullPath) : groupPath(fullPath)
  return `${home}/-/settings/${page}${query}`
}

interface Action {
  readonly project?: keyof ResponseOf<typeof listProjectPermissions>
  readonly group?: keyof ResponseOf<typeof listGroupPermissions>
}

type Answers = Partial<Record<string, { readonly reason: string | null }>>

/** Why this person may not do something here, in the server's words; null when they may, and while it is being asked. */
export function useRefusal({ kind, id }: SettingsPlace, action: Action): string | null {
  const project = useQuery({ ...query(listProjectPermissions, { id }), enabled: kind === 'project' })
  const group = useQuery({ ...query(listGroupPermissions, { id }), enabled: kind === 'group' })
  const answers: Answers | undefined = kind === 'project' ? project.data : group.data
  return answers?.[action[kind] ?? '']?.reason ?? null
}
