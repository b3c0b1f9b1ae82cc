import { Group, NativeSelect, Text } from '@mantine/core'
import { IconPlus, IconUsers } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { listUsers } from '../../../contract/people.ts'
import { queryPage } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { LinkButton } from '../../components/link-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { Pager, usePageNumber } from '../../components/pager.tsx'
import { PersonSign } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useAddressParams } from '../../components/use-address-params.ts'
import { useSearchParam } from '../../components/use-search-param.ts'
import { adminUserPath } from '../../paths.ts'

const kinds = {
  people: { label: 'All people', filter: { humans: true } },
  active: { label: 'Active', filter: { humans: true, active: true } },
  blocked: { label: 'Blocked', filter: { humans: true, blocked: true } },
  inactive: { label: 'Blocked or deactivated', filter: { humans: true, exclude_active: true } },
  admins: { label: 'Administrators', filter: { admins: true } },
  bots: { label: 'Bots of access tokens', filter: { exclude_humans: true } },
} as const

/** /admin/users: everybody with an account. */
export function UsersPage() {
  const search = useSearchParam('search')
  const { get, set } = useAddressParams()
  const page = usePageNumber()
  const kind = Object.keys(kinds).find((each): each is keyof typeof kinds => each === get('show')) ?? 'people'
  const users = useQuery({
    ...queryPage(listUsers, {
      ...kinds[kind].filter,
      ...(search.value === '' ? {} : { search: search.value }),
      page: page.number,
      per_page: 20,
    }),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <PageHeader
        title="Users"
        documentTitle="Users · Administration"
        actions={
          <LinkButton to={adminUserPath('new')} refusal={null} leftSection={<IconPlus size={16} aria-hidden />}>
            New user
          </LinkButton>
        }
      />
      <Group mb="md">
        <SearchBox label="Search by name, username or e-mail" search={search} />
        <NativeSelect
          aria-label="Which users"
          value={kind}
          onChange={(event) => set({ show: event.currentTarget.value === 'people' ? '' : event.currentTarget.value })}
          data={Object.entries(kinds).map(([value, { label }]) => ({ value, label }))}
        />
      </Group>
      <Section title={kinds[kind].label} count={users.data?.total ?? undefined}>
        <QueryState query={users} label="Users">
          {({ items, nextPage, total }) =>
            items.length === 0 ? (
              <EmptyState icon={IconUsers} title="Nobody fits" />
            ) : (
              <>
                <RowList label="Users">
                  {items.map((user) => (
                    <Row
                      key={user.id}
                      end={
                        <Facts>
                          {user.is_admin ? <StatusBadge status="administrator" /> : null}
                          <StatusBadge status={user.state} />
                        </Facts>
                      }
                    >
                      <Group gap="xs" wrap="nowrap">
                        <PersonSign name={user.name} />
                        <AppLink to={adminUserPath(user.id)} fw={600}>
                          {user.name}
                        </AppLink>
                      </Group>
                      <Facts>
                        <span>@{user.username}</span>
                        {user.email === undefined ? null : (
                          <Text span inherit c="dimmed">
                            {user.email}
                          </Text>
                        )}
                        {user.last_sign_in_at == null ? null : (
                          <Text span inherit c="dimmed">
                            signed in <RelativeTime at={user.last_sign_in_at} />
                          </Text>
                        )}
                      </Facts>
                    </Row>
                  ))}
                </RowList>
                <Pager page={page} hasNext={nextPage !== null} total={total} />
              </>
            )
          }
        </QueryState>
      </Section>
    </>
  )
}
