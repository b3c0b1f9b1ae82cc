import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getProject } from '../../../../contract/projects.ts'
import { query } from '../../../api/query.ts'
import { QueryState } from '../../../components/page-state.tsx'
import { SettingsHeader } from '../settings-header.tsx'
import type { SettingsPageProps } from '../settings-place.ts'
import { DeleteProject } from './delete-project.tsx'
import { IdentityForm } from './identity-form.tsx'
import { PipelineForm } from './pipeline-form.tsx'
import { RepositoryForm } from './repository-form.tsx'

/** /:project/-/settings/general */
export function GeneralPage({ place }: SettingsPageProps) {
  const project = useQuery({ ...query(getProject, { id: place.fullPath }), staleTime: 60_000 })
  return (
    <>
      <SettingsHeader
        place={place}
        title="General"
        about="What the project is called, who sees it, and how its pipelines behave."
      />
      <QueryState query={project} label="Project">
        {(data) => (
          <Stack gap="lg">
            <IdentityForm place={place} now={data} />
            <RepositoryForm place={place} project={data} />
            <PipelineForm place={place} project={data} />
            <DeleteProject place={place} project={data} />
          </Stack>
        )}
      </QueryState>
    </>
  )
}
