import { useQuery } from '@tanstack/react-query'
import { matchPath } from 'react-router'
import { type GroupDetail, getGroup } from '../../../contract/groups.ts'
import { isMissing } from '../../api/failure.ts'
import { query } from '../../api/query.ts'
import { lazyPage } from '../../components/lazy-page.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState, QueryState } from '../../components/page-state.tsx'
import { groupPath, groupsPath } from '../../paths.ts'
import { Main } from '../../shell/main.tsx'
import { SideNav } from '../../shell/side-nav.tsx'
import type { Place } from '../project/place.ts'
import { groupNavigation, groupPages } from './group-pages.ts'

const PersonPage = lazyPage(async () => ({ default: (await import('./person-page.tsx')).PersonPage }))

/** A path that is no project: a group with its pages, or the name of a person. */
export function GroupArea({ path, rest }: Place) {
  const group = useQuery({ ...query(getGroup, { id: path, with_projects: false }), staleTime: 60_000 })
  if (group.data) return <GroupPageAt group={group.data} rest={rest} />
  const person = group.error !== null && isMissing(group.error) && !path.includes('/') && rest === ''
  return (
    <Main>
      {person ? (
        <PersonPage username={path} />
      ) : (
        <>
          <PageHeader title={group.error ? 'Not found' : 'Group'} crumbs={[{ label: 'Groups', to: groupsPath }]} />
          <QueryState query={group} label="Group">
            {() => null}
          </QueryState>
        </>
      )}
    </Main>
  )
}

function GroupPageAt({ group, rest }: { readonly group: GroupDetail; readonly rest: string }) {
  for (const { path, section, Page } of groupPages) {
    const match = path === '' ? rest === '' && { params: {} } : matchPath(path, rest)
    if (!match) continue
    return (
      <Main side={<GroupNav group={group} section={section} />}>
        <Page key={`${group.id}${rest}`} group={group} params={match.params} />
      </Main>
    )
  }
  return (
    <Main side={<GroupNav group={group} section="" />}>
      <PageHeader title="Not found" />
      <MissingState>This group has no such page.</MissingState>
    </Main>
  )
}

function GroupNav({ group, section }: { readonly group: GroupDetail; readonly section: string }) {
  const home = groupPath(group.full_path)
  return (
    <SideNav
      label={`Group ${group.name}`}
      title={group.name}
      groups={groupNavigation}
      section={section}
      addressOf={(path) => (path === '' ? home : `${home}/-${path}`)}
    />
  )
}
