import { Button, type ButtonProps } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { ActionButton } from './action-button.tsx'

interface LinkButtonProps extends ButtonProps {
  readonly to: string
  /** Why the page it leads to is of no use to this person, in the server's words; null: it is. */
  readonly refusal: string | null
  /** What it is called, when its text alone does not say what it is for. */
  readonly label?: string
  readonly children: ReactNode
}

/** A link that looks like a button: to a page with a form. */
export function LinkButton({ to, refusal, label, ...props }: LinkButtonProps) {
  if (refusal === null) return <Button component={Link} to={to} aria-label={label} {...props} />
  return (
    <ActionButton {...props} refusal={refusal} onClick={() => undefined} {...(label === undefined ? {} : { label })} />
  )
}
