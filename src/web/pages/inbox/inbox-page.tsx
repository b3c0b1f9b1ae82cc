import { Stack } from '@mantine/core'
import { PageHeader } from '../../components/page-header.tsx'
import { Main } from '../../shell/main.tsx'
import { DecidedSection } from './decided-section.tsx'
import { WaitingSection } from './waiting-section.tsx'

/** The home page: what waits for this person, what waits for others, what was decided. */
export function InboxPage() {
  return (
    <Main>
      <PageHeader title="Inbox" />
      <Stack gap="xl">
        <WaitingSection scope="waiting_for_me" />
        <WaitingSection scope="waiting_for_others" />
        <DecidedSection />
      </Stack>
    </Main>
  )
}
