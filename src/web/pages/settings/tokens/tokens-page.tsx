import { Stack } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queryList } from '../../../api/query.ts'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { ListSection } from '../../../components/list-section.tsx'
import { EmptyState } from '../../../components/page-state.tsx'
import { SecretShown } from '../../../components/secret-shown.tsx'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, useRefusal } from '../settings-place.ts'
import { NewToken } from './new-token.tsx'
import { type TokenMade, tokensOf } from './operations.ts'
import { TokenRow } from './token-row.tsx'

/** …/settings/access_tokens */
export function TokensPage({ place }: SettingsPageProps) {
  const tokens = useInfiniteQuery(queryList(tokensOf(place).list, { id: place.id, state: 'active', per_page: 50 }))
  const refusal = useRefusal(place, { project: 'admin_tokens', group: 'admin_group_tokens' })
  const [made, setMade] = useState<TokenMade | null>(null)
  return (
    <>
      <SettingsHeader
        place={place}
        title="Access tokens"
        about={`For programs that use the API. Each token belongs to a bot with a role of its own in this ${place.kind}.`}
        actions={
          <DialogButton label="Add token" title="Add token" icon={IconPlus} refusal={refusal}>
            {(close) => <NewToken place={place} close={close} onMade={setMade} />}
          </DialogButton>
        }
      />
      <Stack gap="lg">
        {made === null ? null : (
          <SecretShown
            key={made.token}
            title={`The token ${made.name}`}
            label="Access token"
            secret={made.token}
            dismiss={() => setMade(null)}
          />
        )}
        <ListSection title="Active tokens" list={tokens} empty={<EmptyState icon={IconKey} title="No active token" />}>
          {(token) => <TokenRow key={token.id} place={place} token={token} refusal={refusal} onMade={setMade} />}
        </ListSection>
      </Stack>
    </>
  )
}
