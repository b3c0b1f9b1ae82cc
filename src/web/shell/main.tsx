import { Container } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './shell.module.css'

interface MainProps {
  readonly children: ReactNode
  /** Navigation beside the content; above it on a narrow screen. */
  readonly side?: ReactNode
}

/** The main landmark of a page. */
export function Main({ children, side }: MainProps) {
  const content = (
    <Container component="main" id="main" tabIndex={-1} size="xl" py="lg" className={classes.main}>
      {children}
    </Container>
  )
  if (!side) return content
  return (
    <div className={classes.withSide}>
      {side}
      {content}
    </div>
  )
}
