import { Button, Group, SegmentedControl } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import { listProjects } from '../../../contract/projects.ts'
import { queryList } from '../../api/query.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { useSearchParam } from '../../components/use-search-param.ts'
import { newProjectPath } from '../../paths.ts'
import { Main } from '../../shell/main.tsx'
import { ProjectList } from './project-list.tsx'

/** /dashboard/projects: one's own projects, or all that one may see, with search. */
export function ProjectsPage() {
  const search = useSearchParam('search')
  const [params, setParams] = useSearchParams()
  const all = params.get('all') === 'yes'
  const projects = useInfiniteQuery(
    queryList(listProjects, {
      simple: true,
      order_by: 'last_activity_at',
      ...(all ? {} : { membership: true }),
      ...(search.value === '' ? {} : { search: search.value, search_namespaces: true }),
    }),
  )
  const choose = (value: string) => setParams(value === 'all' ? { all: 'yes' } : {}, { replace: true })
  return (
    <Main>
      <PageHeader
        title="Projects"
        actions={
          <Button component={Link} to={newProjectPath} leftSection={<IconPlus size={16} aria-hidden />}>
            New project
          </Button>
        }
      />
      <Group mb="md" justify="space-between">
        <SearchBox label="Search projects" search={search} />
        <SegmentedControl
          aria-label="Which projects"
          value={all ? 'all' : 'yours'}
          onChange={choose}
          data={[
            { value: 'yours', label: 'Yours' },
            { value: 'all', label: 'All' },
          ]}
        />
      </Group>
      <ProjectList title={all ? 'All projects' : 'Your projects'} projects={projects} searched={search.value} />
    </Main>
  )
}
