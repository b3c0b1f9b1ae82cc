import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ResponseOf } from '../../../contract/operation.ts'
import { getUser, listUserMemberships } from '../../../contract/people.ts'
import { query, queryPage } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { DataList } from '../../components/data-list.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState, QueryState } from '../../components/page-state.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { roleName } from '../../components/role-name.ts'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { adminAuditPath, adminUsersPath } from '../../paths.ts'
import type { AdminPageProps } from './admin-pages.ts'
import { UserActions } from './user-actions.tsx'

export type AdminUser = ResponseOf<typeof getUser>

/** /admin/users/:id: everything about an account, and what may be done to it. */
export function UserPage({ params }: AdminPageProps) {
  const id = Number(params['userId'])
  const known = Number.isSafeInteger(id)
  const user = useQuery({ ...query(getUser, { id }), enabled: known })
  const crumbs = [{ label: 'Users', to: adminUsersPath }]
  if (!user.data) {
    return (
      <>
        <PageHeader title={user.error || !known ? 'Not found' : 'User'} crumbs={crumbs} />
        {known ? (
          <QueryState query={user} label="User" missing="There is no such user.">
            {() => null}
          </QueryState>
        ) : (
          <MissingState>There is no such user.</MissingState>
        )}
      </>
    )
  }
  return (
    <>
      <PageHeader
        title={user.data.name}
        documentTitle={`${user.data.name} · Users`}
        crumbs={crumbs}
        beside={
          <>
            <StatusBadge status={user.data.state} />
            {user.data.is_admin ? <StatusBadge status="administrator" /> : null}
          </>
        }
      />
      <Stack gap="lg">
        <UserActions user={user.data} />
        <Account user={user.data} />
        <Memberships userId={id} />
      </Stack>
    </>
  )
}

function Account({ user }: { readonly user: AdminUser }) {
  return (
    <Section
      title="Account"
      padded
      actions={
        <Facts>
          <AppLink to={`${adminAuditPath}?author=${user.id}`}>What they did</AppLink>
          <AppLink to={`${adminAuditPath}?entity_type=User&entity_id=${user.id}`}>What was done to it</AppLink>
        </Facts>
      }
    >
      <DataList
        items={[
          ['Username', `@${user.username}`],
          ['Id', user.id],
          ['E-mail', user.email],
          ['Created', <RelativeTime key="c" at={user.created_at} />],
          ['Created by', user.created_by?.name],
          [
            'Last signed in',
            user.last_sign_in_at == null ? 'never' : <RelativeTime key="s" at={user.last_sign_in_at} />,
          ],
          ['Last active on', user.last_activity_on],
          ['Note', user.note],
        ]}
      />
    </Section>
  )
}

function Memberships({ userId }: { readonly userId: number }) {
  const memberships = useQuery(queryPage(listUserMemberships, { user_id: userId, per_page: 100 }))
  return (
    <Section
      title="Direct memberships"
      count={memberships.data?.total ?? undefined}
      padded={!memberships.data?.items[0]}
    >
      <QueryState query={memberships} label="Memberships">
        {({ items }) =>
          items.length === 0 ? (
            'A member of no group and no project.'
          ) : (
            <RowList>
              {items.map((membership) => (
                <Row key={`${membership.source_type}${membership.source_id}`} end={roleName(membership.access_level)}>
                  <Facts>
                    <span>{membership.source_name}</span>
                    <span>{membership.source_type === 'Project' ? 'project' : 'group'}</span>
                  </Facts>
                </Row>
              ))}
            </RowList>
          )
        }
      </QueryState>
    </Section>
  )
}
