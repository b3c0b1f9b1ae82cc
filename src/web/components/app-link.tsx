import { Anchor, type AnchorProps } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'

interface AppLinkProps extends AnchorProps {
  readonly to: string
  readonly children: ReactNode
  readonly 'aria-label'?: string
  readonly 'aria-current'?: 'page'
  readonly title?: string
}

/** A link to another of these pages. */
export function AppLink({ to, ...props }: AppLinkProps) {
  return <Anchor component={Link} to={to} inherit={props.size === undefined} {...props} />
}
