import { Alert, Button, type ButtonProps, Group, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { Icon } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { Operation, RequestOf, ResponseOf } from '../../contract/operation.ts'
import { useWrite } from '../api/query.ts'
import { ActionButton } from './action-button.tsx'
import { announce } from './announce.tsx'
import { Dialog } from './dialog.tsx'

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
  /** What exactly happens, naming what it happens to. */
  readonly children: ReactNode
}

/** A button for a write that asks once more before it is sent, and says what the server answered. */
export function ConfirmAction<O extends Operation>(props: ConfirmActionProps<O>) {
  const { operation, input, refusal, label, accessibleLabel, icon: Sign, title, done, danger = false } = props
  const [open, setOpen] = useState(false)
  const write = useWrite(operation)
  const color = danger ? 'reject' : 'ink'
  const close = () => {
    setOpen(false)
    write.reset()
  }
  const confirm = () =>
    write.mutate(input, {
      onSuccess: (answer) => {
        announce(done)
        notifications.show({ color: 'approve', message: done })
        close()
        props.onDone?.(answer)
      },
    })
  return (
    <>
      <ActionButton
        refusal={refusal}
        onClick={() => setOpen(true)}
        color={color}
        size={props.size ?? 'sm'}
        variant={props.variant ?? 'filled'}
        leftSection={Sign ? <Sign size={16} aria-hidden /> : null}
        {...(accessibleLabel === undefined ? {} : { label: accessibleLabel })}
      >
        {label}
      </ActionButton>
      <Dialog opened={open} close={close} title={title}>
        <Stack>
          <Text component="div">{props.children}</Text>
          {write.error ? (
            <Alert color="reject" role="alert" title="The server refused">
              {write.error.message}
            </Alert>
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button color={color} loading={write.isPending} onClick={confirm} data-autofocus>
              {label}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  )
}
