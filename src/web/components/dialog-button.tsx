import type { ButtonProps } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { ActionButton } from './action-button.tsx'
import { Dialog } from './dialog.tsx'

interface DialogButtonProps {
  readonly label: string
  /** Of the button when several have the same label: "Edit TOKEN". */
  readonly accessibleLabel?: string
  readonly title: string
  readonly icon?: Icon
  readonly refusal: string | null
  readonly size?: ButtonProps['size']
  readonly variant?: ButtonProps['variant']
  /** The form; it is made anew each time the dialog opens. */
  readonly children: (close: () => void) => ReactNode
}

/** A button that opens a form. */
export function DialogButton(props: DialogButtonProps) {
  const { label, accessibleLabel, title, icon: Sign, refusal, size = 'sm', variant = 'filled', children } = props
  const [open, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    <>
      <ActionButton
        refusal={refusal}
        onClick={() => setOpen(true)}
        size={size}
        variant={variant}
        leftSection={Sign ? <Sign size={16} aria-hidden /> : null}
        {...(accessibleLabel === undefined ? {} : { label: accessibleLabel })}
      >
        {label}
      </ActionButton>
      <Dialog opened={open} close={close} title={title}>
        {children(close)}
      </Dialog>
    </>
  )
}
