import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listGroups } from '../../contract/groups.ts'
import { queryPage } from '../api/query.ts'
import { SearchSelect } from './search-select.tsx'

interface GroupSelectProps {
  readonly value: string | null
  readonly onChange: (id: string | null) => void
  /** Groups that are not offered. */
  readonly without: readonly number[]
}

/** One of the groups that this person can see. */
export function GroupSelect({ value, onChange, without }: GroupSelectProps) {
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed, 200)
  const groups = useQuery({
    ...queryPage(listGroups, {
      per_page: 20,
      skip_groups: [...without],
      ...(search === '' ? {} : { search: search.split(' / ').at(-1) }),
    }),
    placeholderData: keepPreviousData,
  })
  return (
    <SearchSelect
      label="Group"
      placeholder="Search groups"
      required
      options={(groups.data?.items ?? []).map(({ id, full_name }) => ({ value: String(id), label: full_name }))}
      loading={groups.isFetching}
      onSearch={setTyped}
      value={value}
      onChange={onChange}
    />
  )
}
