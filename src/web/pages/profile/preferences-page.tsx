import { Select, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { currentUser } from '../../../contract/people.ts'
import { query } from '../../api/query.ts'
import { DataList } from '../../components/data-list.tsx'
import { exactTime } from '../../components/format-time.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryState } from '../../components/page-state.tsx'
import { useNow } from '../../components/relative-time.tsx'
import { Section } from '../../components/section.tsx'
import { setTimeZone, useTimeZone } from '../../components/time-zone.ts'
import { ThemeChoice } from '../../shell/theme-choice.tsx'

const own = Intl.DateTimeFormat().resolvedOptions().timeZone

/** /profile: who one is here, and how things are shown in this browser. */
export function PreferencesPage() {
  const user = useQuery(query(currentUser, {}))
  return (
    <>
      <PageHeader title="Preferences" />
      <Stack gap="lg" maw={720}>
        <Section title="Account" padded>
          <QueryState query={user} label="Account">
            {(data) => (
              <DataList
                items={[
                  ['Name', data.name],
                  ['Username', `@${data.username}`],
                  ['E-mail', data.email],
                  ['Administrator', data.is_admin ? 'yes' : null],
                ]}
              />
            )}
          </QueryState>
          <Text size="sm" c="dimmed" mt="sm">
            An administrator changes these.
          </Text>
        </Section>
        <Section title="This browser" padded>
          <Stack gap="md">
            <div>
              <Text fw={600} size="sm" mb={6}>
                Theme
              </Text>
              <ThemeChoice />
            </div>
            <TimeZoneChoice />
          </Stack>
        </Section>
      </Stack>
    </>
  )
}

function TimeZoneChoice() {
  const zone = useTimeZone()
  const now = useNow()
  return (
    <Select
      label="Time zone"
      description={`Exact times are shown in it. It is ${exactTime(new Date(now).toISOString())}.`}
      searchable
      data={[
        { value: '', label: `This browser’s (${own})` },
        ...Intl.supportedValuesOf('timeZone').map((name) => ({ value: name, label: name.replaceAll('_', ' ') })),
        ...(Intl.supportedValuesOf('timeZone').includes('UTC') ? [] : [{ value: 'UTC', label: 'UTC' }]),
      ]}
      value={zone ?? ''}
      onChange={(name) => setTimeZone(name === null || name === '' ? null : name)}
      allowDeselect={false}
      nothingFoundMessage="No such time zone"
      limit={100}
      // Outside the page's landmarks nobody would find it.
      comboboxProps={{ withinPortal: false }}
    />
  )
}
