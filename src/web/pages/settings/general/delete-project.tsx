import { Group, Stack, Text } from '@mantine/core'
import { useNavigate } from 'react-router'
import type { Project } from '../../../../contract/project-entities.ts'
import { archiveProject, deleteProject, unarchiveProject } from '../../../../contract/projects.ts'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { Section } from '../../../components/section.tsx'
import { projectsPath } from '../../../paths.ts'
import { type SettingsPlace, useRefusal } from '../settings-place.ts'

/** Archiving, which can be taken back, and deleting, which cannot. */
export function DeleteProject({ place, project }: { readonly place: SettingsPlace; readonly project: Project }) {
  const navigate = useNavigate()
  const archiving = useRefusal(place, { project: 'archive_project' })
  const removing = useRefusal(place, { project: 'remove_project' })
  const { archived = false } = project
  const name = project.path_with_namespace
  return (
    <Section title="Archive or delete" padded>
      <Stack>
        <Text>
          {archived
            ? 'The project is archived: it can be read and no longer changed.'
            : 'An archived project can be read and no longer changed. A deleted one is gone, with its repository, pipelines and deployments; the audit events stay.'}
        </Text>
        <Group>
          <ConfirmAction
            operation={archived ? unarchiveProject : archiveProject}
            input={{ id: place.id }}
            refusal={archiving}
            label={archived ? 'Unarchive project' : 'Archive project'}
            title={archived ? 'Unarchive project' : 'Archive project'}
            done={archived ? `${name} can be changed again.` : `${name} was archived.`}
            variant="default"
          >
            {archived ? (
              <>
                <strong>{name}</strong> can be changed again.
              </>
            ) : (
              <>
                Nobody changes <strong>{name}</strong> any more, and no pipeline of it begins.
              </>
            )}
          </ConfirmAction>
          <ConfirmAction
            operation={deleteProject}
            input={{ id: place.id }}
            refusal={removing}
            label="Delete project"
            title="Delete project"
            done={`${name} was deleted.`}
            onDone={() => void navigate(projectsPath)}
            typed={name}
            danger
          >
            <strong>{name}</strong> is deleted with its repository, its pipelines and its deployments. Nobody can bring
            it back.
          </ConfirmAction>
        </Group>
      </Stack>
    </Section>
  )
}
