import { useLocation } from 'react-router'
import { placeOf } from '../project/place.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import { SettingsArea } from './settings-area.tsx'

/** /:project/-/settings/… */
export function ProjectSettings({ project }: ProjectPageProps) {
  const { rest } = placeOf(useLocation().pathname)
  const { id, name, path_with_namespace: fullPath } = project
  const server = project.web_url.slice(0, -`/${fullPath}`.length)
  return <SettingsArea place={{ kind: 'project', id, name, fullPath, server }} rest={rest.replace(/^\/settings/, '')} />
}
