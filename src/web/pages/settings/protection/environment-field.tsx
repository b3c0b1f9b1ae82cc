import { Autocomplete, NativeSelect } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { listEnvironments } from '../../../../contract/environments.ts'
import { queryPage } from '../../../api/query.ts'
import classes from '../../../components/options.module.css'
import type { SettingsPlace } from '../settings-place.ts'

interface EnvironmentFieldProps {
  readonly place: SettingsPlace
  readonly value: string
  readonly onChange: (name: string) => void
}

/** Which environment of the project, existing or to come; which tier of the projects of a group. */
export function EnvironmentField({ place, value, onChange }: EnvironmentFieldProps) {
  if (place.kind === 'project') return <EnvironmentName place={place} value={value} onChange={onChange} />
  return (
    <NativeSelect
      label="Environment tier"
      description="Protects the environments of this tier in every project below the group."
      required
      value={value}
      data={[{ value: '', label: 'Choose a tier' }, 'production', 'staging', 'testing', 'development', 'other']}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

function EnvironmentName({ place, value, onChange }: EnvironmentFieldProps) {
  const [search] = useDebouncedValue(value.trim(), 200)
  const environments = useQuery({
    // Shorter searches are refused.
    ...queryPage(listEnvironments, { id: place.id, per_page: 20, ...(search.length < 3 ? {} : { search }) }),
    placeholderData: keepPreviousData,
  })
  return (
    <Autocomplete
      label="Environment"
      description="An existing one, or one to come. The name is exact: there are no wildcards."
      placeholder="production"
      required
      value={value}
      onChange={onChange}
      data={(environments.data?.items ?? []).map(({ name }) => name)}
      comboboxProps={{ withinPortal: false }}
      withScrollArea={false}
      classNames={{ options: classes.options }}
      autoComplete="off"
    />
  )
}
