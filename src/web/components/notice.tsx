import { type ReactNode, useId } from 'react'
import classes from './notice.module.css'

interface NoticeProps {
  readonly tone: 'wait' | 'bad' | 'still'
  readonly title: string
  readonly children: ReactNode
}

/** Something to know before the rest of a page is read, in the colours of a status. */
export function Notice({ tone, title, children }: NoticeProps) {
  const id = useId()
  return (
    <section className={classes.notice} data-tone={tone} aria-labelledby={id}>
      <p className={classes.title} id={id}>
        {title}
      </p>
      <div className={classes.body}>{children}</div>
    </section>
  )
}
