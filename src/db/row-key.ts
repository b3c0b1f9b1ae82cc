/** Where a page of keyset pagination ended: what its last row was sorted by, and its id for rows that are equal in that. */
import { type RawBuilder, sql } from 'kysely'

export interface RowKey {
  /** As PostgreSQL writes it, so that no part of a second is lost. */
  readonly value: string
  readonly id: number
}

/** A column to sort by, and its type in PostgreSQL. */
export interface SortColumn {
  readonly ref: string
  readonly type: 'bigint' | 'text' | 'timestamptz'
}

/** `value` of the key of each row. */
export function keyValue({ ref }: SortColumn): RawBuilder<string> {
  return sql<string>`${sql.ref(ref)}::text`
}

/** Rows behind the key, in the order of the column and then of the id. */
export function isBehind(column: SortColumn, id: string, key: RowKey, sort: 'asc' | 'desc'): RawBuilder<boolean> {
  const operator = sql.raw(sort === 'asc' ? '>' : '<')
  const value = sql`${key.value}::${sql.raw(column.type)}`
  return sql<boolean>`(${sql.ref(column.ref)}, ${sql.ref(id)}) ${operator} (${value}, ${key.id}::bigint)`
}
