import { Button, Group, Text } from '@mantine/core'
import { IconPlus, IconUsersGroup } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { type Group as GroupEntity, listGroups } from '../../../contract/groups.ts'
import { queryList } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { MoreButton } from '../../components/more-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { Row, RowList } from '../../components/row-list.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { Section } from '../../components/section.tsx'
import { useSearchParam } from '../../components/use-search-param.ts'
import { Visibility } from '../../components/visibility.tsx'
import { groupPath, newGroupPath } from '../../paths.ts'
import { Main } from '../../shell/main.tsx'

/** /dashboard/groups: groups that this person may see, with search. */
export function GroupsPage() {
  const search = useSearchParam('search')
  const groups = useInfiniteQuery(queryList(listGroups, search.value === '' ? {} : { search: search.value }))
  return (
    <Main>
      <PageHeader
        title="Groups"
        actions={
          <Button component={Link} to={newGroupPath} leftSection={<IconPlus size={16} aria-hidden />}>
            New group
          </Button>
        }
      />
      <Group mb="md">
        <SearchBox label="Search groups" search={search} />
      </Group>
      <Section title="Groups you can see" count={groups.data?.total ?? undefined}>
        <QueryState query={groups} label="Groups">
          {({ items }) =>
            items.length === 0 ? (
              <NoGroups searched={search.value} />
            ) : (
              <>
                <GroupRows groups={items} />
                <MoreButton list={groups} />
              </>
            )
          }
        </QueryState>
      </Section>
    </Main>
  )
}

export function GroupRows({ groups }: { readonly groups: readonly GroupEntity[] }) {
  return (
    <RowList>
      {groups.map((group) => (
        <Row key={group.id}>
          <Group gap="xs" wrap="nowrap">
            <Visibility level={group.visibility} />
            <AppLink to={groupPath(group.full_path)} fw={600}>
              {group.full_name}
            </AppLink>
          </Group>
          {group.description ? (
            <Text size="sm" c="dimmed" lineClamp={1}>
              {group.description}
            </Text>
          ) : null}
        </Row>
      ))}
    </RowList>
  )
}

function NoGroups({ searched }: { readonly searched: string }) {
  if (searched !== '') return <EmptyState icon={IconUsersGroup} title={`No group matches “${searched}”`} />
  return (
    <EmptyState
      icon={IconUsersGroup}
      title="No groups yet"
      action={<AppLink to={newGroupPath}>Create a group</AppLink>}
    >
      A group holds projects, and people who can be named together as deployers or approvers.
    </EmptyState>
  )
}
