import { CloseButton, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import type { useSearchParam } from './use-search-param.ts'

interface SearchBoxProps {
  readonly label: string
  readonly search: ReturnType<typeof useSearchParam>
}

/** A search field whose text is kept in the page's address. */
export function SearchBox({ label, search }: SearchBoxProps) {
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        search.typed === '' ? null : <CloseButton size="sm" aria-label="Clear search" onClick={() => search.type('')} />
      }
      value={search.typed}
      onChange={(event) => search.type(event.currentTarget.value)}
      w={{ base: '100%', xs: 320 }}
    />
  )
}
