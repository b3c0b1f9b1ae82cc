import { Button, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { type GroupDetail, listGroupProjects, listSubgroups } from '../../../contract/groups.ts'
import { groupMembers } from '../../../contract/members.ts'
import { queryList, queryPage } from '../../api/query.ts'
import { MemberList } from '../../components/member-list.tsx'
import { MoreButton } from '../../components/more-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryState } from '../../components/page-state.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { Section } from '../../components/section.tsx'
import { useSearchParam } from '../../components/use-search-param.ts'
import { Visibility } from '../../components/visibility.tsx'
import { groupPath, groupsPath, newGroupPath, newProjectPath } from '../../paths.ts'
import classes from '../environments/environments.module.css'
import { ProjectList } from '../projects/project-list.tsx'
import type { GroupPageProps } from './group-pages.ts'
import { GroupRows } from './groups-page.tsx'

/** /groups/:path, or /:path: its projects, subgroups and members. */
export function GroupHomePage({ group }: GroupPageProps) {
  const search = useSearchParam('search')
  const projects = useInfiniteQuery(
    queryList(listGroupProjects, {
      id: group.id,
      simple: true,
      order_by: 'name',
      sort: 'asc',
      ...(search.value === '' ? {} : { search: search.value }),
    }),
  )
  return (
    <>
      <PageHeader
        title={group.name}
        documentTitle={group.full_path}
        crumbs={crumbsOf(group)}
        beside={<Visibility level={group.visibility} />}
        actions={
          <>
            <Button component={Link} to={`${newGroupPath}?parent=${group.id}`} variant="default">
              New subgroup
            </Button>
            <Button
              component={Link}
              to={`${newProjectPath}?namespace=${group.id}`}
              leftSection={<IconPlus size={16} aria-hidden />}
            >
              New project
            </Button>
          </>
        }
      >
        {group.description ? <Text c="dimmed">{group.description}</Text> : null}
      </PageHeader>
      <div className={classes.columns}>
        <Stack gap="lg" miw={0}>
          <SearchBox label="Search projects of this group" search={search} />
          <ProjectList title="Projects" projects={projects} searched={search.value} />
          <Subgroups group={group} />
        </Stack>
        <Members group={group} />
      </div>
    </>
  )
}

function crumbsOf(group: GroupDetail) {
  const parts = group.full_path.split('/').slice(0, -1)
  const names = group.full_name.split(' / ')
  return [
    { label: 'Groups', to: groupsPath },
    ...parts.map((part, index) => ({
      label: names[index] ?? part,
      to: groupPath(parts.slice(0, index + 1).join('/')),
    })),
  ]
}

function Subgroups({ group }: { readonly group: GroupDetail }) {
  const subgroups = useInfiniteQuery(queryList(listSubgroups, { id: group.id }))
  return (
    <Section title="Subgroups" count={subgroups.data?.total ?? undefined}>
      <QueryState query={subgroups} label="Subgroups">
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed" p="md">
              This group has no subgroups.
            </Text>
          ) : (
            <>
              <GroupRows groups={items} />
              <MoreButton list={subgroups} />
            </>
          )
        }
      </QueryState>
    </Section>
  )
}

function Members({ group }: { readonly group: GroupDetail }) {
  const members = useQuery(queryPage(groupMembers.listAll, { id: group.id, per_page: 20 }))
  return (
    <Section title="Members" count={members.data?.total ?? undefined}>
      <QueryState query={members} label="Members">
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed" p="md">
              Nobody is a member yet.
            </Text>
          ) : (
            <MemberList members={items} />
          )
        }
      </QueryState>
    </Section>
  )
}
