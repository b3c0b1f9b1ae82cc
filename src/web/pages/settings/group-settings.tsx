import { useLocation } from 'react-router'
import type { GroupPageProps } from '../groups/group-pages.ts'
import { placeOf } from '../project/place.ts'
import { SettingsArea } from './settings-area.tsx'

/** /groups/:group/-/settings/… */
export function GroupSettings({ group }: GroupPageProps) {
  const { rest } = placeOf(useLocation().pathname)
  const { id, name, full_path: fullPath } = group
  return <SettingsArea place={{ kind: 'group', id, name, fullPath }} rest={rest.replace(/^\/settings/, '')} />
}
