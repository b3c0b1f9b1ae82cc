import { Alert, Button, type ButtonProps, Group, Stack, Text, TextInput } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { Operation, RequestOf, ResponseOf } from '../../contract/operation.ts'
import { send, useWrite } from '../api/query.ts'
import { ActionButton } from './action-button.tsx'
import { Dialog } from './dialog.tsx'
import { say } from './said.ts'

interface ConfirmActionProps<O extends Operation> {
  readonly operation: O
  readonly input: RequestOf<O>
  /** Why it may not be done, in the server's words; null: it may. */
  readonly refusal: string | null
  readonly label: string
  /** Of the button when several have the same label: "Stop review/gift-cards". */
  readonly accessibleLabel?: string
  readonly icon?: Icon
  readonly title: string
  /** Said when it is done. */
  readonly done: string
  readonly onDone?: (answer: ResponseOf<O>) => void
  readonly danger?: boolean
  readonly size?: ButtonProps['size']
  readonly variant?: ButtonProps['variant']
  /** A name that must be typed first: for what cannot be brought back. */
  readonly typed?: string
  /** What exactly happens, naming what it happens to. */
  readonly children: ReactNode
}

/** A button for a write that asks once more before it is sent, and says what the server answered. */
export function ConfirmAction<O extends Operation>(props: ConfirmActionProps<O>) {
  const { refusal, label, accessibleLabel, icon: Sign } = props
  const [open, setOpen] = useState(false)
  // What was asked stays, even if the page meanwhile shows that it is done and offers the opposite.
  const [asked, setAsked] = useState(props)
  const { operation, input, title, done, danger = false, typed } = asked
  const [given, setGiven] = useState('')
  const write = useWrite(operation)
  const color = danger ? 'reject' : 'ink'
  const ask = () => {
    setAsked(props)
    setOpen(true)
  }
  const close = () => {
    setOpen(false)
    setGiven('')
    write.reset()
  }
  const confirm = () =>
    send(write, input, (answer) => {
      say(done)
      close()
      asked.onDone?.(answer)
    })
  return (
    <>
      <ActionButton
        refusal={refusal}
        onClick={ask}
        color={props.danger ? 'reject' : 'ink'}
        size={props.size ?? 'sm'}
        variant={props.variant ?? 'filled'}
        leftSection={Sign ? <Sign size={16} aria-hidden /> : null}
        {...(accessibleLabel === undefined ? {} : { label: accessibleLabel })}
      >
        {label}
      </ActionButton>
      <Dialog opened={open} close={close} title={title}>
        <Stack>
          <Text component="div">{asked.children}</Text>
          {typed === undefined ? null : (
            <TextInput
              label={`Type ${typed} to confirm`}
              autoComplete="off"
              value={given}
              onChange={(event) => setGiven(event.currentTarget.value)}
              data-autofocus
            />
          )}
          {write.error ? (
            <Alert color="reject" role="alert" title="The server refused">
              {write.error.message}
            </Alert>
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <ActionButton
              color={color}
              loading={write.isPending}
              refusal={typed === undefined || given === typed ? null : `Type ${typed} first.`}
              onClick={confirm}
              autofocus={typed === undefined}
            >
              {asked.label}
            </ActionButton>
          </Group>
        </Stack>
      </Dialog>
    </>
  )
}
