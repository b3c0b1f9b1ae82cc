import { Text } from '@mantine/core'
import { CodeLines } from '../components/code-lines.tsx'
import { SecretShown } from '../components/secret-shown.tsx'

interface RunnerTokenShownProps {
  readonly token: string
  readonly dismiss: () => void
}

/** The token of a new runner, with the command that gives it to GitLab Runner. */
export function RunnerTokenShown({ token, dismiss }: RunnerTokenShownProps) {
  const command = `gitlab-runner register --url ${window.location.origin} --token ${token}`
  return (
    <div style={{ marginBottom: '1rem' }}>
      <SecretShown title="The runner was created" label="Authentication token" secret={token} dismiss={dismiss}>
        <Text size="sm" mt="sm" mb={4}>
          On the machine that is to run the jobs, with GitLab Runner installed:
        </Text>
        <CodeLines label="Command" lines={[command]} />
      </SecretShown>
    </div>
  )
}
