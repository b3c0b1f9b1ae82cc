import { useLocation } from 'react-router'
import { placeOf } from '../project/place.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import { SettingsArea } from './settings-area.tsx'

/** /:project/-/settings/… */
export function ProjectSettings({ project }: ProjectPageProps) {
  const { rest } = placeOf(useLocation().pathname)
  const { id, name, path_with_namespace: fullPath } = project
  return <SettingsArea place={{ kind: 'project', id, name, fullPath }} rest={rest.replace(/^\/settings/, '')} />
}
