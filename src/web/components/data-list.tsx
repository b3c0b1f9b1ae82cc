import type { ReactNode } from 'react'
import classes from './data-list.module.css'

interface DataListProps {
  readonly items: readonly (readonly [label: string, value: ReactNode])[]
}

/** Labels with their values; those without a value are left out. */
export function DataList({ items }: DataListProps) {
  return (
    <dl className={classes.list}>
      {items
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([label, value]) => (
          <div key={label} className={classes.item}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
