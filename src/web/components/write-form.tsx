import { Alert, Button, Group, Stack } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { ActionButton } from './action-button.tsx'

interface WriteFormProps {
  /** For screen readers: "Add member". */
  readonly label: string
  readonly onSubmit: () => void
  /** What sends it (`useWrite`). */
  readonly write: { readonly error: Error | null; readonly isPending: boolean }
  /** Of the button that sends it. */
  readonly submit: string
  /** Why it may not be sent, in the server's words; null: it may. */
  readonly refusal?: string | null
  readonly cancel?: () => void
  /** Over what the server said when it refused. */
  readonly failure?: string
  readonly children: ReactNode
}

/** Fields, what the server said about them, and the button that sends them. */
export function WriteForm(props: WriteFormProps) {
  const { label, onSubmit, write, submit, refusal = null, cancel, failure = 'Not saved' } = props
  const send = (event?: FormEvent) => {
    event?.preventDefault()
    if (refusal === null && !write.isPending) onSubmit()
  }
  return (
    <form onSubmit={send} aria-label={label} noValidate>
      <Stack>
        {props.children}
        {write.error ? (
          <Alert color="reject" role="alert" title={failure}>
            {write.error.message}
          </Alert>
        ) : null}
        <Group justify="flex-end">
          {cancel ? (
            <Button variant="default" onClick={cancel}>
              Cancel
            </Button>
          ) : null}
          {refusal === null ? (
            <Button type="submit" loading={write.isPending}>
              {submit}
            </Button>
          ) : (
            <ActionButton refusal={refusal} onClick={send}>
              {submit}
            </ActionButton>
          )}
        </Group>
      </Stack>
    </form>
  )
}
