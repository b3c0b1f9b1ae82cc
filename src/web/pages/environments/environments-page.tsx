import { Group, SegmentedControl, Stack } from '@mantine/core'
import { IconStack2 } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import {
  type EnvironmentFolder,
  type EnvironmentOverview,
  listEnvironmentFolders,
  listEnvironmentOverview,
} from '../../../contract/environment-overview.ts'
import { query, queryList } from '../../api/query.ts'
import { MoreButton } from '../../components/more-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { useSearchParam } from '../../components/use-search-param.ts'
import { projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import { byTier } from './by-tier.ts'
import { TierSection } from './tier-section.tsx'

type State = 'available' | 'stopped'

/** Deployments > Environments: by tier, with folders; what runs there and what is blocked. */
export function EnvironmentsPage({ project }: ProjectPageProps) {
  const [params, setParams] = useSearchParams()
  const search = useSearchParam('search')
  const state: State = params.get('state') === 'stopped' ? 'stopped' : 'available'
  const searched = search.value !== ''
  // A search looks into the folders; otherwise each opens by itself.
  const environments = useInfiniteQuery(
    queryList(listEnvironmentOverview, {
      id: project.id,
      state,
      per_page: 50,
      ...(searched ? { search: search.value } : { folder: '' }),
    }),
  )
  const folders = useQuery({ ...query(listEnvironmentFolders, { id: project.id, state }), enabled: !searched })
  const choose = (value: string) => setParams(value === 'stopped' ? { state: 'stopped' } : {}, { replace: true })
  return (
    <>
      <PageHeader
        title="Environments"
        documentTitle={`Environments · ${project.path_with_namespace}`}
        crumbs={[{ label: project.name, to: projectPath(project.path_with_namespace) }]}
      />
      <Group mb="md" justify="space-between">
        <SearchBox label="Search environments" search={search} />
        <SegmentedControl
          aria-label="Which environments"
          value={state}
          onChange={choose}
          data={[
            { value: 'available', label: 'Available' },
            { value: 'stopped', label: 'Stopped' },
          ]}
        />
      </Group>
      <QueryState query={environments} label="Environments">
        {({ items }) => (
          <Tiers
            project={project}
            environments={items}
            folders={searched ? [] : (folders.data ?? [])}
            state={state}
            searched={search.value}
          />
        )}
      </QueryState>
      <MoreButton list={environments} />
    </>
  )
}

interface TiersProps {
  readonly project: ProjectPageProps['project']
  readonly environments: readonly EnvironmentOverview[]
  readonly folders: readonly EnvironmentFolder[]
  readonly state: State
  readonly searched: string
}

function Tiers({ project, environments, folders, state, searched }: TiersProps) {
  if (environments.length === 0 && folders.length === 0) return <NoEnvironments state={state} searched={searched} />
  return (
    <Stack gap="lg">
      {byTier(environments, folders).map((tier) => (
        <TierSection key={tier.tier} project={project} state={state} {...tier} />
      ))}
    </Stack>
  )
}

function NoEnvironments({ state, searched }: { readonly state: State; readonly searched: string }) {
  if (searched !== '') return <EmptyState icon={IconStack2} title={`No environment matches “${searched}”`} />
  if (state === 'stopped') return <EmptyState icon={IconStack2} title="No environment was stopped" />
  return (
    <EmptyState icon={IconStack2} title="No environments yet">
      The first pipeline with a job that has an <code>environment:</code> makes one.
    </EmptyState>
  )
}
