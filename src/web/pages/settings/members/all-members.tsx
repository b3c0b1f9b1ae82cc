import { Group } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { queryList } from '../../../api/query.ts'
import { ListSection } from '../../../components/list-section.tsx'
import { EmptyState } from '../../../components/page-state.tsx'
import { PersonLink } from '../../../components/person-link.tsx'
import { Row } from '../../../components/row-list.tsx'
import { SearchBox } from '../../../components/search-box.tsx'
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
    <ListSection
      title="All members, inherited and invited included"
      list={members}
      empty={<EmptyState title={search.value === '' ? 'Nobody has a role here' : `Nobody matches “${search.value}”`} />}
      above={
        <Group p="md" pb={0}>
          <SearchBox label="Search all members" search={search} />
        </Group>
      }
    >
      {(member) => (
        <Row key={member.id} end={<RoleFacts level={member.access_level} expiresAt={member.expires_at} />}>
          <PersonLink person={member} />
        </Row>
      )}
    </ListSection>
  )
}
