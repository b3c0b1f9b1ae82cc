import { Stack, Text } from '@mantine/core'
import { PageHeader } from '../../components/page-header.tsx'
import { Visibility } from '../../components/visibility.tsx'
import { groupPath } from '../../paths.ts'
import classes from '../environments/environments.module.css'
import { HomeEnvironments } from './home-environments.tsx'
import { HomeMembers } from './home-members.tsx'
import { HomePipelines } from './home-pipelines.tsx'
import type { ProjectPageProps } from './project-pages.ts'
import { PushInstructions } from './push-instructions.tsx'

/** /:group/:project: environments, latest pipelines and members; how to push while the repository is empty. */
export function ProjectHomePage({ project }: ProjectPageProps) {
  const { namespace } = project
  const crumbs = namespace.kind === 'group' ? [{ label: namespace.name, to: groupPath(namespace.full_path) }] : []
  return (
    <>
      <PageHeader
        title={project.name}
        documentTitle={project.path_with_namespace}
        crumbs={crumbs}
        beside={<Visibility level={project.visibility} />}
      >
        {project.description ? <Text c="dimmed">{project.description}</Text> : null}
      </PageHeader>
      <div className={classes.columns}>
        <Stack gap="lg" miw={0}>
          {project.empty_repo ? <PushInstructions project={project} /> : <HomeEnvironments project={project} />}
          {project.empty_repo ? null : <HomePipelines project={project} />}
        </Stack>
        <HomeMembers project={project} />
      </div>
    </>
  )
}
