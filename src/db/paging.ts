/** Offset paging over any query: one page of rows, whether there is a next one, and the total while it is cheap to count. */
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Db } from './open.ts'

export interface Page<T> {
  readonly items: readonly T[]
  readonly hasNext: boolean
  /** Null above 10,000 rows, where GitLab leaves the totals out too. */
  readonly total: number | null
}

const countLimit = 10_000

/**
 * @param rows the ordered query without limit and offset
 * @param request 1-based page and its size
 */
export async function fetchPage<DB, TB extends keyof DB, O>(
  db: Db,
  rows: SelectQueryBuilder<DB, TB, O>,
  request: { readonly page: number; readonly per_page: number },
): Promise<Page<O>> {
  const offset = (request.page - 1) * request.per_page
  const found = await rows
    .limit(request.per_page + 1)
    .offset(offset)
    .execute()
  const hasNext = found.length > request.per_page
  const items = hasNext ? found.slice(0, request.per_page) : found
  // The last page tells the total by itself.
  if (!hasNext && (items.length > 0 || offset === 0)) return { items, hasNext, total: offset + items.length }
  return { items, hasNext, total: await countUpTo(db, rows) }
}

async function countUpTo<DB, TB extends keyof DB, O>(
  db: Db,
  rows: SelectQueryBuilder<DB, TB, O>,
): Promise<number | null> {
  // Without columns PostgreSQL leaves out the joins that only fetch them.
  const bounded = rows
    .clearSelect()
    .clearOrderBy()
    .select(sql`1`.as('one'))
    .limit(countLimit + 1)
  const { rows: counted } = await sql<{
    count: number
  }>`select count(*)::int as count from (${bounded}) bounded`.execute(db)
  const count = counted[0]?.count ?? 0
  return count > countLimit ? null : count
}

/** A page of rows that are already in memory. */
export function pageOf<T>(all: readonly T[], request: { readonly page: number; readonly per_page: number }): Page<T> {
  const start = (request.page - 1) * request.per_page
  return {
    items: all.slice(start, start + request.per_page),
    hasNext: all.length > start + request.per_page,
    total: all.length,
  }
}
