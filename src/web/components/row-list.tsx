import type { ReactNode } from 'react'
import classes from './row-list.module.css'

/** A list of things in rows with lines between them. */
export function RowList({ children, label }: { readonly children: ReactNode; readonly label?: string }) {
  return (
    <ul className={classes.list} aria-label={label}>
      {children}
    </ul>
  )
}

/** One thing: what it is on the left, what there is to know or do on the right; below each other where it is narrow. */
export function Row({ children, end }: { readonly children: ReactNode; readonly end?: ReactNode }) {
  return (
    <li className={classes.row}>
      <div className={classes.body}>{children}</div>
      {end ? <div className={classes.end}>{end}</div> : null}
    </li>
  )
}

/** Short facts one after the other. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <div className={classes.facts}>{children}</div>
}
