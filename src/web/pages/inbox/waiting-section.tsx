import { Text } from '@mantine/core'
import { IconCoffee } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { listInbox } from '../../../contract/inbox.ts'
import { queryList } from '../../api/query.ts'
import { MoreButton } from '../../components/more-button.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { InboxCard } from './inbox-card.tsx'

type Scope = 'waiting_for_me' | 'waiting_for_others'

const words = {
  waiting_for_me: 'Waiting for you',
  waiting_for_others: 'Waiting for others',
} as const

/** Blocked deployments, those this person can decide or the others. */
export function WaitingSection({ scope }: { readonly scope: Scope }) {
  const deployments = useInfiniteQuery(queryList(listInbox, { scope }))
  const count = deployments.data?.total
  return (
    <Section title={words[scope]} count={count ?? undefined}>
      <QueryState query={deployments} label={words[scope]}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing scope={scope} />
          ) : (
            <>
              <RowList>
                {items.map((deployment) => (
                  <InboxCard key={deployment.id} deployment={deployment} decides={scope === 'waiting_for_me'} />
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

function Nothing({ scope }: { readonly scope: Scope }) {
  if (scope === 'waiting_for_others') {
    return (
      <Text c="dimmed" p="md">
        No other deployment in your projects is blocked.
      </Text>
    )
  }
  return (
    <EmptyState icon={IconCoffee} title="Nothing waits for you">
      A deployment to a protected environment appears here by itself when it needs your approval.
    </EmptyState>
  )
}
