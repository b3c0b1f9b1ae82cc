import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { getUser, listUsers } from '../../contract/people.ts'
import { query, queryPage } from '../api/query.ts'

interface UserSelectProps {
  readonly label: string
  /** The user's id as text; empty for nobody in particular. */
  readonly value: string
  readonly onChange: (id: string) => void
  readonly placeholder?: string
  /** Choices beside the users. */
  readonly others?: readonly { readonly value: string; readonly label: string }[]
  readonly w?: { readonly base: string; readonly xs: number }
}

/** Somebody, found by typing a part of their name. */
export function UserSelect({
  label,
  value,
  onChange,
  placeholder = 'Anybody',
  others = [],
  ...props
}: UserSelectProps) {
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed, 200)
  const found = useQuery(queryPage(listUsers, { search, per_page: 20 }))
  const other = others.some((each) => each.value === value)
  const chosen = useQuery({ ...query(getUser, { id: value }), enabled: /^\d+$/.test(value) && !other })
  const people = [...(found.data?.items ?? []), ...(chosen.data ? [chosen.data] : [])]
  const options = new Map(people.map(({ id, name, username }) => [String(id), `${name} (@${username})`]))
  const data = [...others, ...[...options].map(([id, name]) => ({ value: id, label: name }))]
  const known = value === '' || data.some((each) => each.value === value)
  return (
    <Select
      {...props}
      label={label}
      placeholder={placeholder}
      searchable
      clearable
      // Outside the page's landmarks nobody would find it.
      comboboxProps={{ withinPortal: false }}
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      nothingFoundMessage={found.isFetching ? 'Searching' : 'Nobody of that name'}
      // What the server found is what fits; its search knows more than the label.
      filter={({ options: all }) => all}
      onSearchChange={setTyped}
      data={known ? data : [...data, { value, label: `User ${value}` }]}
      value={value === '' ? null : value}
      onChange={(id) => onChange(id ?? '')}
    />
  )
}
