import { Group } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { queryList } from '../../../api/query.ts'
import { MoreButton } from '../../../components/more-button.tsx'
import { EmptyState, QueryState } from '../../../components/page-state.tsx'
import { PersonLink } from '../../../components/person-link.tsx'
import { Row, RowList } from '../../../components/row-list.tsx'
import { SearchBox } from '../../../components/search-box.tsx'
import { Section } from '../../../components/section.tsx'
import { useSearchParam } from '../../../components/use-search-param.ts'
import type { SettingsPageProps } from '../settings-place.ts'
import { membersOf } from './operations.ts'
import { RoleFacts } from './role-facts.tsx'

/** Everybody with a role here, wherever it comes from: the role that counts. */
export function AllMembers({ place }: SettingsPageProps) {
  const search = useSearchParam('search')
  const members = useInfiniteQuery(
    queryList(membersOf(place).listAll, {
      id: place.id,
      per_page: 50,
      ...(search.value === '' ? {} : { query: search.value }),
    }),
  )
  return (
    <Section title="All members, inherited and invited included" count={members.data?.total ?? undefined}>
      <Group p="md" pb={0}>
        <SearchBox label="Search all members" search={search} />
      </Group>
      <QueryState query={members} label="All members">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={search.value === '' ? 'Nobody has a role here' : `Nobody matches “${search.value}”`} />
          ) : (
            <>
              <RowList label="All members">
                {items.map((member) => (
                  <Row key={member.id} end={<RoleFacts level={member.access_level} expiresAt={member.expires_at} />}>
                    <PersonLink person={member} />
                  </Row>
                ))}
              </RowList>
              <MoreButton list={members} />
            </>
          )
        }
      </QueryState>
    </Section>
  )
}
