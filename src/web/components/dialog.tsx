import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './dialog.module.css'

interface DialogProps {
  readonly opened: boolean
  readonly close: () => void
  readonly title: string
  readonly children: ReactNode
}

/** A modal dialog: takes the focus, keeps it, and gives it back where it was. */
export function Dialog({ opened, close, title, children }: DialogProps) {
  return (
    <Modal.Root opened={opened} onClose={close} centered transitionProps={{ duration: 120 }}>
      <Modal.Overlay />
      <Modal.Content>
        {/* Modal.Header would be a second banner of the page. */}
        <div className={classes.head}>
          <Modal.Title fw={650}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
