import { Button } from '@mantine/core'

interface List {
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  fetchNextPage(): unknown
}

/** Reads the next page of a list; nothing when everything is shown. */
export function MoreButton({ list, label = 'Show more' }: { readonly list: List; readonly label?: string }) {
  if (!list.hasNextPage) return null
  return (
    <Button
      variant="subtle"
      fullWidth
      radius={0}
      loading={list.isFetchingNextPage}
      onClick={() => void list.fetchNextPage()}
    >
      {label}
    </Button>
  )
}
