import { Container } from '@mantine/core'
import { useRouteError } from 'react-router'
import { FailedState } from '../components/page-state.tsx'

/** Shown when the code of a page failed or could not be fetched, for example after an upgrade of the server. */
export function BrokenPage() {
  const thrown = useRouteError()
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return (
    <Container component="main" py="xl">
      <FailedState error={error} retry={() => window.location.reload()} />
    </Container>
  )
}
