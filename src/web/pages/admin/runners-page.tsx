import { Group, NativeSelect, Text } from '@mantine/core'
import { IconPlus, IconServerBolt } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listAllRunners } from '../../../contract/runner-admin.ts'
import { queryPage } from '../../api/query.ts'
import { DialogButton } from '../../components/dialog-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { Pager, usePageNumber } from '../../components/pager.tsx'
import { RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { useAddressParams } from '../../components/use-address-params.ts'
import { NewRunnerForm } from '../../runners/new-runner-form.tsx'
import { RunnerRow } from '../../runners/runner-row.tsx'
import { RunnerTokenShown } from '../../runners/runner-token-shown.tsx'

const types = [
  { value: 'instance_type', label: 'For every project' },
  { value: 'group_type', label: 'Of groups' },
  { value: 'project_type', label: 'Of projects' },
] as const
const statuses = ['online', 'offline', 'stale', 'never_contacted', 'paused'] as const

/** /admin/runners: every runner of the server; new ones serve all projects. */
export function RunnersPage() {
  const { get, set } = useAddressParams()
  const page = usePageNumber()
  const [token, setToken] = useState<string | null>(null)
  const type = types.find(({ value }) => value === get('type'))?.value
  const status = statuses.find((each) => each === get('status'))
  const runners = useQuery({
    ...queryPage(listAllRunners, {
      ...(type ? { type } : {}),
      ...(status ? { status } : {}),
      page: page.number,
      per_page: 20,
    }),
    placeholderData: keepPreviousData,
    // Whether a runner is online changes by silence, which nothing announces.
    refetchInterval: 15_000,
  })
  return (
    <>
      <PageHeader
        title="Runners"
        documentTitle="Runners · Administration"
        actions={
          <DialogButton label="New instance runner" title="New instance runner" icon={IconPlus} refusal={null}>
            {(close) => (
              <NewRunnerForm
                owner={{ runner_type: 'instance_type' }}
                close={close}
                onCreated={(made) => {
                  close()
                  setToken(made)
                }}
              />
            )}
          </DialogButton>
        }
      >
        <Text c="dimmed">Instance runners take the jobs of every project that allows it.</Text>
      </PageHeader>
      {token === null ? null : <RunnerTokenShown token={token} dismiss={() => setToken(null)} />}
      <Group mb="md">
        <NativeSelect
          aria-label="Which runners"
          value={type ?? ''}
          onChange={(event) => set({ type: event.currentTarget.value })}
          data={[{ value: '', label: 'All runners' }, ...types]}
        />
        <NativeSelect
          aria-label="Status"
          value={status ?? ''}
          onChange={(event) => set({ status: event.currentTarget.value })}
          data={[
            { value: '', label: 'Any status' },
            ...statuses.map((each) => ({ value: each, label: each.replaceAll('_', ' ') })),
          ]}
        />
      </Group>
      <Section title="Runners" count={runners.data?.total ?? undefined}>
        <QueryState query={runners} label="Runners">
          {({ items, nextPage, total }) =>
            items.length === 0 ? (
              <EmptyState icon={IconServerBolt} title="No runner here">
                Jobs wait until a runner takes them.
              </EmptyState>
            ) : (
              <>
                <RowList label="Runners">
                  {items.map((runner) => (
                    <RunnerRow key={runner.id} runner={runner} />
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
