import { Group, Text } from '@mantine/core'
import { IconFolders } from '@tabler/icons-react'
import type { ClientPage } from '../../../contract/client.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { AppLink } from '../../components/app-link.tsx'
import { MoreButton } from '../../components/more-button.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { Visibility } from '../../components/visibility.tsx'
import { newProjectPath, projectPath } from '../../paths.ts'

interface ProjectListProps {
  readonly title: string
  readonly projects: {
    readonly data: { readonly items: ClientPage<Project>['items']; readonly total: number | null } | undefined
    readonly error: Error | null
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    refetch(): unknown
    fetchNextPage(): unknown
  }
  /** What the list was searched for; it says why nothing was found. */
  readonly searched: string
}

export function ProjectList({ title, projects, searched }: ProjectListProps) {
  return (
    <Section title={title} count={projects.data?.total ?? undefined}>
      <QueryState query={projects} label={title}>
        {({ items }) =>
          items.length === 0 ? (
            <NoProjects searched={searched} />
          ) : (
            <>
              <RowList>
                {items.map((project) => (
                  <ProjectRow key={project.id} project={project} />
                ))}
              </RowList>
              <MoreButton list={projects} />
            </>
          )
        }
      </QueryState>
    </Section>
  )
}

function ProjectRow({ project }: { readonly project: Project }) {
  return (
    <Row
      end={
        <Facts>
          <Text span inherit c="dimmed">
            active <RelativeTime at={project.last_activity_at} />
          </Text>
        </Facts>
      }
    >
      <Group gap="xs" wrap="nowrap">
        <Visibility level={project.visibility} />
        <AppLink to={projectPath(project.path_with_namespace)} fw={600}>
          {project.name_with_namespace}
        </AppLink>
      </Group>
      {project.description ? (
        <Text size="sm" c="dimmed" lineClamp={1}>
          {project.description}
        </Text>
      ) : null}
    </Row>
  )
}

function NoProjects({ searched }: { readonly searched: string }) {
  if (searched !== '') {
    return <EmptyState icon={IconFolders} title={`No project matches “${searched}”`} />
  }
  return (
    <EmptyState
      icon={IconFolders}
      title="No projects yet"
      action={<AppLink to={newProjectPath}>Create a project</AppLink>}
    >
      A project holds a repository with a .gitlab-ci.yml, its pipelines and its environments.
    </EmptyState>
  )
}
