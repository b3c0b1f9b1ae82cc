import { Autocomplete, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { createFreezePeriod, type FreezePeriodEntity, updateFreezePeriod } from '../../../../contract/freeze-periods.ts'
import { useWrite } from '../../../api/query.ts'
import { fieldErrors } from '../../../components/form-errors.ts'
import classes from '../../../components/options.module.css'
import { say } from '../../../components/said.ts'
import { WriteForm } from '../../../components/write-form.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import { cronInWords } from './cron-in-words.ts'

interface FreezeFormProps {
  readonly place: SettingsPlace
  /** Null: a new one. */
  readonly period: FreezePeriodEntity | null
  readonly close: () => void
}

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

const cronFields = [
  ['freeze_start', 'Begins', '0 23 * * 5'],
  ['freeze_end', 'Ends', '0 7 * * 1'],
] as const

/** When a freeze begins and ends, as cron texts, with what they mean. */
export function FreezeForm({ place, period, close }: FreezeFormProps) {
  const create = useWrite(createFreezePeriod)
  const update = useWrite(updateFreezePeriod)
  const write = period === null ? create : update
  const form = useForm({
    initialValues: {
      freeze_start: period?.freeze_start ?? '',
      freeze_end: period?.freeze_end ?? '',
      cron_timezone: period?.cron_timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
  })
  const save = () => {
    const answered = {
      onSuccess: () => {
        say(period === null ? 'The freeze period was added.' : 'The freeze period was changed.')
        close()
      },
      onError: (error: Error) => form.setErrors(fieldErrors(error, Object.keys(form.values))),
    }
    if (period === null) create.mutate({ id: place.id, ...form.values }, answered)
    else update.mutate({ id: place.id, freeze_period_id: period.id, ...form.values }, answered)
  }
  return (
    <WriteForm
      label="Freeze period"
      submit={period === null ? 'Add' : 'Save'}
      onSubmit={save}
      write={write}
      cancel={close}
    >
      {cronFields.map(([field, label, placeholder]) => (
        <TextInput
          key={field}
          label={label}
          description={meaning(form.values[field])}
          placeholder={placeholder}
          required
          autoComplete="off"
          classNames={{ input: 'mono' }}
          {...form.getInputProps(field)}
        />
      ))}
      <Autocomplete
        label="Time zone"
        data={zones}
        limit={100}
        comboboxProps={{ withinPortal: false }}
        withScrollArea={false}
        classNames={{ options: classes.options }}
        {...form.getInputProps('cron_timezone')}
      />
    </WriteForm>
  )
}

function meaning(text: string): string {
  if (text.trim() === '') return 'Minute, hour, day of the month, month, day of the week.'
  return cronInWords(text) ?? 'No simple reading; the list shows when it comes next.'
}
