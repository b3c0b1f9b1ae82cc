import { type ComboboxItem, type ComboboxItemGroup, Select } from '@mantine/core'
import { useState } from 'react'
import classes from './options.module.css'

export interface SearchSelectProps {
  readonly label: string
  readonly description?: string
  readonly placeholder: string
  readonly options: readonly (ComboboxItem | ComboboxItemGroup<ComboboxItem>)[]
  readonly loading: boolean
  /** Called with what was typed; the options are expected to follow. */
  readonly onSearch: (typed: string) => void
  readonly value: string | null
  readonly onChange: (value: string | null, label: string) => void
  readonly required?: boolean
  readonly error?: string | null
}

/** Something to find by typing, searched by the server. */
export function SearchSelect(props: SearchSelectProps) {
  const { options, loading, onSearch, value, onChange, required = false, error = null, ...shown } = props
  const [typed, setTyped] = useState('')
  const type = (text: string) => {
    setTyped(text)
    onSearch(text)
  }
  return (
    <Select
      {...shown}
      searchable
      clearable={value !== null}
      required={required}
      error={error}
      data={[...options]}
      value={value}
      searchValue={typed}
      onSearchChange={type}
      // The server has searched already, in more than the label.
      filter={({ options: all }) => all}
      nothingFoundMessage={loading ? 'Searching' : 'Nothing found'}
      onChange={(chosen, option) => {
        onChange(chosen, option?.label ?? '')
        if (chosen === null || value === null) type('')
      }}
      // Outside the page's landmarks nobody would find it.
      comboboxProps={{ withinPortal: false }}
      withScrollArea={false}
      classNames={{ options: classes.options }}
      selectFirstOptionOnChange
      autoComplete="off"
    />
  )
}
