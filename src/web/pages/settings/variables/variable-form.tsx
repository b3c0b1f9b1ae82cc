import { Autocomplete, Checkbox, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import type { CiVariableEntity } from '../../../../contract/ci-variables.ts'
import { listEnvironments } from '../../../../contract/environments.ts'
import { queryPage, send, useWrite } from '../../../api/query.ts'
import { FieldGroup } from '../../../components/field-group.tsx'
import { fieldErrors } from '../../../components/form-errors.ts'
import classes from '../../../components/options.module.css'
import { say } from '../../../components/said.ts'
import { WriteForm } from '../../../components/write-form.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import { oneVariable, variablesOf } from './operations.ts'

interface VariableFormProps {
  readonly place: SettingsPlace
  /** Null: a new one. */
  readonly variable: CiVariableEntity | null
  readonly close: () => void
}

interface Values {
  key: string
  value: string
  variable_type: 'env_var' | 'file'
  environment_scope: string
  description: string
  visibility: 'visible' | 'masked' | 'hidden'
  protected: boolean
  expanded: boolean
}

const visibilities = [
  { value: 'visible', label: 'Visible in job logs' },
  { value: 'masked', label: 'Masked in job logs' },
  { value: 'hidden', label: 'Masked, and never shown again' },
]

/** A variable, to be made or changed. */
export function VariableForm({ place, variable, close }: VariableFormProps) {
  const create = useWrite(variablesOf(place).create)
  const update = useWrite(variablesOf(place).update)
  const write = variable === null ? create : update
  const form = useForm<Values>({ initialValues: valuesOf(variable) })
  const environments = useQuery({
    ...queryPage(listEnvironments, { id: place.id, per_page: 50 }),
    enabled: place.kind === 'project',
  })
  const save = () => {
    const { visibility, expanded, key, value, ...same } = form.values
    const flags = { ...same, raw: !expanded, masked: visibility !== 'visible' }
    const done = () => {
      say(variable === null ? `${key} was added.` : `${key} was changed.`)
      close()
    }
    const refused = (error: Error) =>
      form.setErrors(fieldErrors(error, ['key', 'value', 'environment_scope', 'description']))
    if (variable === null) {
      send(create, { id: place.id, key, value, ...flags, masked_and_hidden: visibility === 'hidden' }, done, refused)
    } else {
      // A hidden value stays unless another one is given.
      const given = variable.value === null && value === '' ? {} : { value }
      send(update, { ...oneVariable(place, variable), ...given, ...flags }, done, refused)
    }
  }
  const hidden = variable?.hidden ?? false
  return (
    <WriteForm
      label={variable === null ? 'Add variable' : `Edit ${variable.key}`}
      submit={variable === null ? 'Add' : 'Save'}
      refusal={form.values.key.trim() === '' ? 'Enter a key first.' : null}
      onSubmit={save}
      write={write}
      cancel={close}
    >
      <TextInput
        label="Key"
        required
        readOnly={variable !== null}
        autoComplete="off"
        classNames={{ input: 'mono' }}
        {...form.getInputProps('key')}
      />
      <Textarea
        label="Value"
        {...(hidden ? { description: 'Nobody can read it any more. Left empty, it stays.' } : {})}
        autosize
        minRows={2}
        maxRows={10}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('value')}
      />
      <NativeSelect
        label="Type"
        data={[
          { value: 'env_var', label: 'Variable' },
          { value: 'file', label: 'File: the job is given its path' },
        ]}
        {...form.getInputProps('variable_type')}
      />
      <Autocomplete
        label="Environment scope"
        description="A name, * for all, or a pattern such as review/*"
        data={['*', ...(environments.data?.items ?? []).map(({ name }) => name)]}
        filter={({ options }) => options}
        comboboxProps={{ withinPortal: false }}
        withScrollArea={false}
        classNames={{ options: classes.options }}
        {...form.getInputProps('environment_scope')}
      />
      <NativeSelect
        label="Visibility"
        description={visibilityNote(hidden, form.values)}
        // Only a new variable can be hidden.
        data={visibilities.filter(({ value }) =>
          hidden ? value === 'hidden' : variable === null || value !== 'hidden',
        )}
        {...form.getInputProps('visibility')}
      />
      <FieldGroup legend="Use">
        <Stack gap="xs">
          <Checkbox
            label="Protected"
            description="Only for pipelines of protected branches and tags."
            {...form.getInputProps('protected', { type: 'checkbox' })}
          />
          <Checkbox
            label="Expand references to other variables"
            description="$NAME in the value is replaced by the value of NAME."
            {...form.getInputProps('expanded', { type: 'checkbox' })}
          />
        </Stack>
      </FieldGroup>
      <TextInput label="Description" {...form.getInputProps('description')} />
    </WriteForm>
  )
}

/** What a runner can mask is not every text. */
function visibilityNote(hidden: boolean, { visibility, expanded }: Values): string | null {
  if (hidden) return 'It cannot be changed for hidden variables.'
  if (visibility === 'visible') return null
  const rest = expanded ? ' of the characters A-Z a-z 0-9 _ + = / @ : . ~ -' : ' without spaces'
  return `Only a value of one line and at least 8 characters${rest} can be masked.`
}

function valuesOf(variable: CiVariableEntity | null): Values {
  return {
    key: variable?.key ?? '',
    value: variable?.value ?? '',
    variable_type: variable?.variable_type ?? 'env_var',
    environment_scope: variable?.environment_scope ?? '*',
    description: variable?.description ?? '',
    visibility: variable?.hidden ? 'hidden' : variable?.masked ? 'masked' : 'visible',
    protected: variable?.protected ?? false,
    expanded: !(variable?.raw ?? false),
  }
}
