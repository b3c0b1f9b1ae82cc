import { Group } from '@mantine/core'
import { IconPlus, IconUsersGroup } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { listGroups } from '../../../contract/groups.ts'
import { queryList } from '../../api/query.ts'
import { LinkButton } from '../../components/link-button.tsx'
import { MoreButton } from '../../components/more-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { Section } from '../../components/section.tsx'
import { useSearchParam } from '../../components/use-search-param.ts'
import { newGroupPath } from '../../paths.ts'
import { GroupRows } from '../groups/groups-page.tsx'

/** /admin/groups: all groups of the server. */
export function AdminGroupsPage() {
  const search = useSearchParam('search')
  const filter = search.value === '' ? {} : { search: search.value }
  const groups = useInfiniteQuery(queryList(listGroups, { all_available: true, ...filter }))
  return (
    <>
      <PageHeader
        title="Groups"
        documentTitle="Groups · Administration"
        actions={
          <LinkButton to={newGroupPath} refusal={null} leftSection={<IconPlus size={16} aria-hidden />}>
            New group
          </LinkButton>
        }
      />
      <Group mb="md">
        <SearchBox label="Search groups" search={search} />
      </Group>
      <Section title="All groups" count={groups.data?.total ?? undefined}>
        <QueryState query={groups} label="Groups">
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconUsersGroup} title={search.value === '' ? 'No groups yet' : 'No group matches'} />
            ) : (
              <>
                <GroupRows groups={items} />
                <MoreButton list={groups} />
              </>
            )
          }
        </QueryState>
      </Section>
    </>
  )
}
