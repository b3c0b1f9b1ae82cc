import { Button, type ButtonProps, Tooltip, VisuallyHidden } from '@mantine/core'
import { type MouseEvent, type ReactNode, useId } from 'react'
import classes from './action-button.module.css'

interface ActionButtonProps extends Omit<ButtonProps, 'disabled'> {
  readonly children: ReactNode
  readonly onClick: () => void
  /** Why it may not be pressed, in the server's words; null: it may. */
  readonly refusal: string | null
  /** The reason is on the page already, in the element with this id. */
  readonly describedBy?: string
  /** What it is called, when its text alone does not say what it is for. */
  readonly label?: string
  /** Takes the focus when its dialog opens. */
  readonly autofocus?: boolean
}

/**
 * A button that says why it may not be pressed. It stays in the tab order, because whoever cannot see it turn grey must be able
 * to find it and hear the reason.
 */
export function ActionButton({
  refusal,
  describedBy,
  label,
  onClick,
  children,
  autofocus,
  ...props
}: ActionButtonProps) {
  const id = useId()
  if (refusal === null) {
    return (
      <Button {...props} onClick={onClick} aria-label={label} data-autofocus={autofocus || undefined}>
        {children}
      </Button>
    )
  }
  const stay = (event: MouseEvent) => event.preventDefault()
  return (
    <>
      <Tooltip label={refusal}>
        <Button
          {...props}
          className={classes.refused}
          data-disabled
          aria-disabled
          aria-label={label}
          aria-describedby={describedBy ?? id}
          onClick={stay}
        >
          {children}
        </Button>
      </Tooltip>
      {describedBy === undefined ? <VisuallyHidden id={id}>{refusal}</VisuallyHidden> : null}
    </>
  )
}
