import { Group, SegmentedControl, Text } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listPersonalAccessTokens } from '../../../contract/access-tokens.ts'
import { queryList } from '../../api/query.ts'
import { DialogButton } from '../../components/dialog-button.tsx'
import { MoreButton } from '../../components/more-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { RowList } from '../../components/row-list.tsx'
import { SecretShown } from '../../components/secret-shown.tsx'
import { Section } from '../../components/section.tsx'
import { useAddressParams } from '../../components/use-address-params.ts'
import { useUser } from '../../session/use-session.ts'
import { NewTokenForm } from './new-token-form.tsx'
import { TokenRow } from './token-row.tsx'

/** /profile/personal_access_tokens: for programs that speak as this person. */
export function TokensPage() {
  const user = useUser()
  const { get, set } = useAddressParams()
  const [made, setMade] = useState<{ readonly name: string; readonly token: string } | null>(null)
  const state = get('state') === 'inactive' ? 'inactive' : 'active'
  const tokens = useInfiniteQuery(
    queryList(listPersonalAccessTokens, { user_id: user.id, state, sort: 'created_desc' }),
  )
  return (
    <>
      <PageHeader
        title="Access tokens"
        actions={
          <DialogButton label="New token" title="New access token" icon={IconPlus} refusal={null}>
            {(close) => (
              <NewTokenForm
                close={close}
                onCreated={(token) => {
                  close()
                  setMade(token)
                }}
              />
            )}
          </DialogButton>
        }
      >
        <Text c="dimmed">Programs sign in with them as you, as far as their scopes allow.</Text>
      </PageHeader>
      {made === null ? null : (
        <div style={{ marginBottom: '1rem' }}>
          <SecretShown
            key={made.token}
            title={`The token ${made.name}`}
            label="Access token"
            secret={made.token}
            dismiss={() => setMade(null)}
          />
        </div>
      )}
      <Group mb="md">
        <SegmentedControl
          aria-label="Which tokens"
          value={state}
          onChange={(value) => set({ state: value === 'active' ? '' : value })}
          data={[
            { value: 'active', label: 'Active' },
            { value: 'inactive', label: 'Expired or revoked' },
          ]}
        />
      </Group>
      <Section
        title={state === 'active' ? 'Active tokens' : 'Expired or revoked'}
        count={tokens.data?.total ?? undefined}
      >
        <QueryState query={tokens} label="Access tokens">
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconKey} title={state === 'active' ? 'No active token' : 'No token ended yet'} />
            ) : (
              <>
                <RowList label="Access tokens">
                  {items.map((token) => (
                    <TokenRow key={token.id} token={token} onRotated={setMade} />
                  ))}
                </RowList>
                <MoreButton list={tokens} />
              </>
            )
          }
        </QueryState>
      </Section>
    </>
  )
}
