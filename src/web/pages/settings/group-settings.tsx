import { useLocation } from 'react-router'
import type { GroupPageProps } from '../groups/group-pages.ts'
import { placeOf } from '../project/place.ts'
import { SettingsArea } from './settings-area.tsx'

/** /groups/:group/-/settings/… */
export function GroupSettings({ group }: GroupPageProps) {
  const { rest } = placeOf(useLocation().pathname)
  const { id, name, full_path: fullPath } = group
  const server = group.web_url.slice(0, -`/groups/${fullPath}`.length)
  return <SettingsArea place={{ kind: 'group', id, name, fullPath, server }} rest={rest.replace(/^\/settings/, '')} />
}
