import type { ReactNode } from 'react'
import classes from './data-list.module.css'

interface DataListProps {
  readonly items: readonly (readonly [label: string, value: ReactNode])[]
  /** The values are long: where it is narrow they stand below their labels. */
  readonly wide?: boolean
}

/** Labels with their values; those without a value are left out. */
export function DataList({ items, wide = false }: DataListProps) {
  return (
    <dl className={classes.list} data-wide={wide || undefined}>
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
