import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listUsers } from '../../contract/people.ts'
import { queryPage } from '../api/query.ts'
import { SearchSelect } from './search-select.tsx'

interface PersonSelectProps {
  readonly value: string | null
  readonly onChange: (id: string | null) => void
  readonly error?: string | null
}

/** One of all people of this server, by name or username. */
export function PersonSelect({ value, onChange, error = null }: PersonSelectProps) {
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed, 200)
  const people = useQuery({
    ...queryPage(listUsers, { search: searchOf(search), active: true, humans: true, per_page: 20 }),
    placeholderData: keepPreviousData,
  })
  return (
    <SearchSelect
      label="Person"
      placeholder="Search by name or username"
      required
      options={(people.data?.items ?? []).map(({ id, name, username }) => ({
        value: String(id),
        label: `${name} (@${username})`,
      }))}
      loading={people.isFetching}
      onSearch={setTyped}
      value={value}
      onChange={onChange}
      error={error}
    />
  )
}

/** Once somebody is chosen the box says "Ada (@ada)", and they must still be found. */
function searchOf(typed: string): string {
  return /\(@([^)]+)\)$/.exec(typed)?.[1] ?? typed
}
