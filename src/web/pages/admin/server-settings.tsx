import { Alert, Stack, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getApplicationSettings, updateApplicationSettings } from '../../../contract/application-settings.ts'
import { query, useWrite } from '../../api/query.ts'
import { QueryState } from '../../components/page-state.tsx'
import { say } from '../../components/said.ts'
import { Section } from '../../components/section.tsx'

/** What can be set while the server runs. */
export function ServerSettings() {
  const settings = useQuery(query(getApplicationSettings, {}))
  const write = useWrite(updateApplicationSettings)
  const allow = (allowed: boolean) =>
    write.mutate(
      { allow_runner_registration_token: allowed },
      { onSuccess: () => say(`Registration tokens are ${allowed ? 'accepted' : 'refused'} from now on.`) },
    )
  return (
    <Section title="Settings" padded>
      <QueryState query={settings} label="Settings">
        {(data) => (
          <Stack gap="sm">
            <Switch
              label="Runners may register with registration tokens"
              description="The old way, which GitLab Runner still knows. Runners created on the Runners page work in any case."
              checked={data.allow_runner_registration_token}
              disabled={write.isPending}
              onChange={(event) => allow(event.currentTarget.checked)}
            />
            {write.error ? (
              <Alert color="reject" role="alert" title="Not saved">
                {write.error.message}
              </Alert>
            ) : null}
          </Stack>
        )}
      </QueryState>
    </Section>
  )
}
