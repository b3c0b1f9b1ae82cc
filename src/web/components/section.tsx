import { Group, Paper, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import classes from './section.module.css'

interface SectionProps {
  readonly title: string
  readonly count?: number | undefined
  readonly actions?: ReactNode
  /** Around the content; lists bring their own. */
  readonly padded?: boolean
  readonly children: ReactNode
}

/** A part of a page with a heading of its own. */
export function Section({ title, count, actions, padded = false, children }: SectionProps) {
  const id = useId()
  return (
    <Paper component="section" withBorder aria-labelledby={id} className={classes.section}>
      <Group justify="space-between" className={classes.head}>
        <Title order={2} size="h4" id={id}>
          {title}
          {count === undefined ? null : <span className={classes.count}>{count}</span>}
        </Title>
        {actions}
      </Group>
      <div className={padded ? classes.padded : undefined}>{children}</div>
    </Paper>
  )
}
