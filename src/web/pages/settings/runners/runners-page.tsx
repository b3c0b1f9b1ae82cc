import { Stack } from '@mantine/core'
import { IconPlus, IconServer2 } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listGroupRunners, listProjectRunners } from '../../../../contract/runner-admin.ts'
import { queryList } from '../../../api/query.ts'
import { CodeLines } from '../../../components/code-lines.tsx'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { ListSection } from '../../../components/list-section.tsx'
import { EmptyState } from '../../../components/page-state.tsx'
import { SecretShown } from '../../../components/secret-shown.tsx'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, useRefusal } from '../settings-place.ts'
import { NewRunner } from './new-runner.tsx'
import { RunnerRow } from './runner-row.tsx'

/** …/settings/runners */
export function RunnersPage({ place }: SettingsPageProps) {
  const refusal = useRefusal(place, { project: 'admin_runners', group: 'admin_group_runners' })
  const [token, setToken] = useState<string | null>(null)
  const runners = useInfiniteQuery({
    ...queryList(place.kind === 'project' ? listProjectRunners : listGroupRunners, { id: place.id, per_page: 50 }),
    // That a runner called is not put on record, so nothing tells of it.
    refetchInterval: 15_000,
  })
  return (
    <>
      <SettingsHeader
        place={place}
        title="Runners"
        about={`Machines that may take the jobs of this ${place.kind}: its own, and those of the groups above and of the server.`}
        actions={
          <DialogButton label="New runner" title="New runner" icon={IconPlus} refusal={refusal}>
            {(close) => <NewRunner place={place} close={close} onMade={setToken} />}
          </DialogButton>
        }
      />
      <Stack gap="lg">
        {token === null ? null : (
          <SecretShown
            title="The runner is waiting to be registered"
            label="Runner authentication token"
            secret={token}
            dismiss={() => setToken(null)}
          >
            <p>On the machine where GitLab Runner is installed:</p>
            <CodeLines
              label="Register with GitLab Runner"
              lines={[`gitlab-runner register --url ${place.server} --token ${token}`]}
            />
            <p>Or, without installing GitLab Runner, with the runner that comes with this server:</p>
            <CodeLines
              label="Run the runner that comes with this server"
              lines={[`COUNTERSIGN_RUNNER_TOKEN=${token} countersign runner --url ${place.server}`]}
            />
          </SecretShown>
        )}
        <ListSection
          title="Runners that may take jobs"
          list={runners}
          empty={
            <EmptyState icon={IconServer2} title="No runner yet">
              Jobs wait until there is one.
            </EmptyState>
          }
        >
          {(runner) => <RunnerRow key={runner.id} runner={runner} />}
        </ListSection>
      </Stack>
    </>
  )
}
