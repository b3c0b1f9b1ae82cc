import type { ReactNode } from 'react'
import classes from './tags.module.css'

/** Short things beside each other that wrap. */
export function Tags({ children }: { readonly children: ReactNode }) {
  return <div className={classes.tags}>{children}</div>
}

/** A short name in a box, with what there is to know about it. */
export function Tag({ children, note }: { readonly children: ReactNode; readonly note?: string }) {
  return (
    <span className={classes.tag}>
      <code>{children}</code>
      {note ? <span className={classes.note}>{note}</span> : null}
    </span>
  )
}
