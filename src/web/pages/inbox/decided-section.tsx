import { Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type InboxDeployment, listInbox } from '../../../contract/inbox.ts'
import { queryList } from '../../api/query.ts'
import { CommitRef } from '../../components/commit-ref.tsx'
import { commitTitleOf } from '../../components/deployable.ts'
import { MoreButton } from '../../components/more-button.tsx'
import { QueryState } from '../../components/page-state.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useUser } from '../../session/use-session.ts'
import { InboxTitle } from './inbox-card.tsx'

/** What this person voted on, the last vote first. */
export function DecidedSection() {
  const deployments = useInfiniteQuery(queryList(listInbox, { scope: 'recently_decided' }))
  return (
    <Section title="Recently decided">
      <QueryState query={deployments} label="Recently decided">
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed" p="md">
              You have not approved or rejected anything yet.
            </Text>
          ) : (
            <>
              <RowList>
                {items.map((deployment) => (
                  <Decided key={deployment.id} deployment={deployment} />
                ))}
              </RowList>
              <MoreButton list={deployments} />
            </>
          )
        }
      </QueryState>
    </Section>
  )
}

function Decided({ deployment }: { readonly deployment: InboxDeployment }) {
  const me = useUser()
  const mine = deployment.approvals.filter((approval) => approval.user.id === me.id).at(-1)
  const vote = mine ? (
    <Facts>
      <StatusBadge status={mine.status} />
      <span>
        by you <RelativeTime at={mine.created_at} />
      </span>
    </Facts>
  ) : null
  return (
    <Row end={vote}>
      <InboxTitle deployment={deployment} />
      <CommitRef sha={deployment.sha} refName={deployment.ref} title={commitTitleOf(deployment)} />
    </Row>
  )
}
