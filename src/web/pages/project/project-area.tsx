import { useQuery } from '@tanstack/react-query'
import { matchPath, useLocation } from 'react-router'
import type { Project } from '../../../contract/project-entities.ts'
import { getProject } from '../../../contract/projects.ts'
import { isMissing } from '../../api/failure.ts'
import { query } from '../../api/query.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { LoadingState, MissingState, RefusedOrFailed } from '../../components/page-state.tsx'
import { Main } from '../../shell/main.tsx'
import { GroupArea } from '../groups/group-area.tsx'
import { placeOf } from './place.ts'
import { ProjectNav } from './project-nav.tsx'
import { projectPages } from './project-pages.ts'

/** Every address that begins with the path of a project, a group or a person: paths mean one thing each. */
export function ProjectArea() {
  const place = placeOf(useLocation().pathname)
  const named = place.path.includes('/')
  const project = useQuery({ ...query(getProject, { id: place.path }), enabled: named, staleTime: 60_000 })
  if (!named || (project.error && isMissing(project.error) && place.rest === '')) return <GroupArea {...place} />
  if (project.data) return <ProjectPageAt project={project.data} rest={place.rest} />
  return (
    <Main>
      {project.error ? <PageHeader title="Not found" /> : null}
      {project.error ? (
        <RefusedOrFailed error={project.error} retry={() => project.refetch()} />
      ) : (
        <LoadingState label="Project" />
      )}
    </Main>
  )
}

function ProjectPageAt({ project, rest }: { readonly project: Project; readonly rest: string }) {
  for (const { path, section, Page } of projectPages) {
    const match = path === '' ? rest === '' && { params: {} } : matchPath(path, rest)
    if (!match) continue
    return (
      <Main side={<ProjectNav project={project} section={section} />}>
        <Page key={rest} project={project} params={match.params} />
      </Main>
    )
  }
  return (
    <Main side={<ProjectNav project={project} section="" />}>
      <PageHeader title="Not found" />
      <MissingState>This project has no such page.</MissingState>
    </Main>
  )
}
