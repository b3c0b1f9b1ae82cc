import { Autocomplete, Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import type { useAddressParams } from '../../components/use-address-params.ts'
import { UserSelect } from '../../components/user-select.tsx'
import classes from './audit.module.css'
import { eventNames } from './event-names.ts'

interface AuditFiltersProps {
  readonly params: ReturnType<typeof useAddressParams>
  /** The whole server's record can be narrowed to one thing. */
  readonly entities: boolean
}

const server = [{ value: '-1', label: 'The server itself' }]

/** Who, what, when, and to what; all of it is in the page's address. */
export function AuditFilters({ params, entities }: AuditFiltersProps) {
  const { get, set } = params
  const any = ['author', 'event', 'from', 'to', 'entity_type', 'entity_id'].some((name) => get(name) !== '')
  return (
    <search className={classes.filters} aria-label="Filters">
      <UserSelect label="Author" value={get('author')} onChange={(author) => set({ author })} others={server} />
      <EventName key={get('event')} value={get('event')} onChange={(event) => set({ event })} />
      <TextInput
        type="date"
        label="First day"
        max={get('to')}
        value={get('from')}
        onChange={(event) => set({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label="Last day"
        min={get('from')}
        value={get('to')}
        onChange={(event) => set({ to: event.currentTarget.value })}
      />
      {entities ? <EntityFilter params={params} /> : null}
      {any ? (
        <Group align="end">
          <Button
            variant="default"
            onClick={() => set({ author: '', event: '', from: '', to: '', entity_type: '', entity_id: '' })}
          >
            Clear filters
          </Button>
        </Group>
      ) : null}
    </search>
  )
}

/** Typed, or chosen from the usual ones; asked for when the typing pauses. */
function EventName({ value, onChange }: { readonly value: string; readonly onChange: (name: string) => void }) {
  const [typed, setTyped] = useState(value)
  const settle = useDebouncedCallback(onChange, 500)
  return (
    <Autocomplete
      label="Event"
      placeholder="Any event"
      data={[...eventNames]}
      limit={12}
      comboboxProps={{ withinPortal: false }}
      value={typed}
      onChange={(name) => {
        setTyped(name)
        settle(name.trim())
      }}
    />
  )
}

function EntityFilter({ params: { get, set } }: Pick<AuditFiltersProps, 'params'>) {
  const type = get('entity_type')
  const [id, setId] = useState(get('entity_id'))
  const asked = get('entity_id')
  useEffect(() => setId(asked), [asked])
  const settle = useDebouncedCallback((value: string) => set({ entity_id: value }), 400)
  return (
    <>
      <NativeSelect
        label="Happened in"
        value={type}
        onChange={(event) => set({ entity_type: event.currentTarget.value, entity_id: '' })}
        data={[
          { value: '', label: 'Anywhere' },
          { value: 'Project', label: 'A project' },
          { value: 'Group', label: 'A group' },
          { value: 'User', label: 'A user’s account' },
          { value: 'Gitlab::Audit::InstanceScope', label: 'The server’s settings' },
        ]}
      />
      {type === '' || type.startsWith('Gitlab') ? null : (
        <TextInput
          label={`Id of the ${type.toLowerCase()}`}
          inputMode="numeric"
          placeholder="Any"
          value={id}
          error={/^\d*$/.test(id) ? null : 'A whole number'}
          onChange={(event) => {
            setId(event.currentTarget.value)
            if (/^\d*$/.test(event.currentTarget.value)) settle(event.currentTarget.value)
          }}
        />
      )}
    </>
  )
}
