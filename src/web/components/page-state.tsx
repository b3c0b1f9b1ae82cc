/** The states that every page has besides its content: loading, empty, refused and failed. */
import { Button, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { type Icon, IconLock, IconMoodEmpty, IconPlugConnectedX, IconQuestionMark } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { ApiError } from '../../contract/client.ts'
import { AppLink } from './app-link.tsx'

interface Asked<T> {
  readonly data: T | undefined
  readonly error: Error | null
  readonly refetch: () => unknown
}

interface QueryStateProps<T> {
  readonly query: Asked<T>
  /** What is loading, for screen readers: "Environments". */
  readonly label: string
  /** Said instead of the server's words when it answers 404. */
  readonly missing?: string
  readonly children: (data: T) => ReactNode
}

/** The content once it is there; until then, or instead of it, why not. */
export function QueryState<T>({ query, label, missing, children }: QueryStateProps<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <RefusedOrFailed error={query.error} missing={missing} retry={query.refetch} />
  return <LoadingState label={label} />
}

export function LoadingState({ label }: { readonly label: string }) {
  return (
    <Group justify="center" py="xl" role="status" aria-label={`Loading: ${label}`} data-state="loading">
      <Loader size="sm" aria-hidden />
      <Text c="dimmed">Loading</Text>
    </Group>
  )
}

interface EmptyStateProps {
  readonly icon?: Icon
  readonly title: string
  readonly children?: ReactNode
  /** What to do about it. */
  readonly action?: ReactNode
}

export function EmptyState({ icon: Symbol = IconMoodEmpty, title, children, action }: EmptyStateProps) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center" data-state="empty">
      <Symbol size={40} stroke={1.3} aria-hidden className="dimmed-icon" />
      <Text fw={600}>{title}</Text>
      {children ? (
        <Text c="dimmed" maw={520} component="div">
          {children}
        </Text>
      ) : null}
      {action}
    </Stack>
  )
}

interface ErrorStateProps {
  readonly error: Error
  readonly missing?: string | undefined
  readonly retry: () => unknown
}

export function RefusedOrFailed({ error, missing, retry }: ErrorStateProps) {
  const status = error instanceof ApiError ? error.status : null
  if (status === 404) return <MissingState>{missing}</MissingState>
  if (status === 403 || status === 401) return <RefusedState sentence={error.message} />
  return <FailedState error={error} retry={retry} />
}

/** Whether it does not exist or may not be seen is not told apart, as in the API. */
export function MissingState({ children }: { readonly children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center" data-state="refused">
      <IconQuestionMark size={40} stroke={1.3} aria-hidden className="dimmed-icon" />
      <Title order={2} size="h3">
        Page not found
      </Title>
      <Text c="dimmed" maw={520}>
        {children ?? 'It does not exist, or you do not have permission to see it.'}
      </Text>
      <AppLink to="/">Go to your inbox</AppLink>
    </Stack>
  )
}

export function RefusedState({ sentence }: { readonly sentence: string }) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center" data-state="refused">
      <IconLock size={40} stroke={1.3} aria-hidden className="dimmed-icon" />
      <Title order={2} size="h3">
        You do not have permission
      </Title>
      <Text c="dimmed" maw={520}>
        The server answered: {sentence}
      </Text>
      <AppLink to="/">Go to your inbox</AppLink>
    </Stack>
  )
}

export function FailedState({ error, retry }: { readonly error: Error; readonly retry: () => unknown }) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center" role="alert" data-state="failed">
      <IconPlugConnectedX size={40} stroke={1.3} aria-hidden className="dimmed-icon" />
      <Title order={2} size="h3">
        This did not work
      </Title>
      <Text c="dimmed" maw={520}>
        {error.message}
      </Text>
      <Button variant="default" onClick={() => void retry()}>
        Try again
      </Button>
    </Stack>
  )
}
