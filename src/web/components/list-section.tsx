import type { ReactNode } from 'react'
import { MoreButton } from './more-button.tsx'
import { QueryState } from './page-state.tsx'
import { RowList } from './row-list.tsx'
import { Section } from './section.tsx'

/** A list that is read on page by page (api/query.ts, `queryList`). */
interface Listed<T> {
  readonly data: { readonly items: readonly T[]; readonly total: number | null } | undefined
  readonly error: Error | null
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  refetch(): unknown
  fetchNextPage(): unknown
}

interface ListSectionProps<T> {
  readonly title: string
  readonly list: Listed<T>
  /** Instead of the list when nothing is in it. */
  readonly empty: ReactNode
  readonly actions?: ReactNode
  /** Between the heading and the list: a search box. */
  readonly above?: ReactNode
  /** One row. */
  readonly children: (item: T) => ReactNode
}

/** A section that is a list, with all its states. */
export function ListSection<T>({ title, list, empty, actions, above, children }: ListSectionProps<T>) {
  return (
    <Section title={title} count={list.data?.total ?? undefined} actions={actions}>
      {above}
      <QueryState query={list} label={title}>
        {({ items }) =>
          items.length === 0 ? (
            empty
          ) : (
            <>
              <RowList label={title}>{items.map(children)}</RowList>
              <MoreButton list={list} />
            </>
          )
        }
      </QueryState>
    </Section>
  )
}
