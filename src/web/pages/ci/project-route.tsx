import { useQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import { matchPath, useLocation } from 'react-router'
import { getProject } from '../../../contract/projects.ts'
import { query } from '../../api/query.ts'
import { LoadingState } from '../../components/page-state.tsx'
import { Main } from '../../shell/main.tsx'
import { placeOf } from '../project/place.ts'
import { ProjectArea } from '../project/project-area.tsx'
import { ProjectNav } from '../project/project-nav.tsx'
import { ciPages } from './ci-pages.ts'

/** A project's pages of pipelines and jobs; every other address, and a project that cannot be shown, is the project area's. */
export function ProjectRoute() {
  const { path, rest } = placeOf(useLocation().pathname)
  const found = pageAt(rest)
  const wanted = found !== null && path.includes('/')
  const { data: project } = useQuery({ ...query(getProject, { id: path }), enabled: wanted, staleTime: 60_000 })
  if (!found || !project) return <ProjectArea />
  const { Page, section, params } = found
  return (
    <Main side={<ProjectNav project={project} section={section} />}>
      <Suspense fallback={<LoadingState label="Page" />}>
        <Page key={rest} project={project} params={params} />
      </Suspense>
    </Main>
  )
}

function pageAt(rest: string) {
  for (const page of ciPages) {
    const match = matchPath(page.path, rest)
    if (match) return { ...page, params: match.params }
  }
  return null
}
