import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { PageHeader } from '../../components/page-header.tsx'
import { groupPath, projectPath } from '../../paths.ts'
import type { SettingsPlace } from './settings-place.ts'

interface SettingsHeaderProps {
  readonly place: SettingsPlace
  readonly title: string
  /** A sentence about what is set here. */
  readonly about: ReactNode
  readonly actions?: ReactNode
}

/** The heading of a page of settings. */
export function SettingsHeader({ place, title, about, actions }: SettingsHeaderProps) {
  const home = place.kind === 'project' ? projectPath(place.fullPath) : groupPath(place.fullPath)
  return (
    <PageHeader
      title={title}
      documentTitle={`${title} · ${place.fullPath}`}
      crumbs={[{ label: place.name, to: home }]}
      actions={actions}
    >
      <Text c="dimmed" maw={720}>
        {about}
      </Text>
    </PageHeader>
  )
}
