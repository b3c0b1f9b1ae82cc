import { Checkbox, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { send, useWrite } from '../../../api/query.ts'
import { FieldGroup } from '../../../components/field-group.tsx'
import { fieldErrors } from '../../../components/form-errors.ts'
import { say } from '../../../components/said.ts'
import { WriteForm } from '../../../components/write-form.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import { type Hook, hooksOf, type Trigger, triggers } from './operations.ts'

interface HookFormProps {
  readonly place: SettingsPlace
  /** Null: a new one. */
  readonly hook: Hook | null
  readonly close: () => void
}

/** A webhook, to be made or changed. */
export function HookForm({ place, hook, close }: HookFormProps) {
  const create = useWrite(hooksOf(place).create)
  const update = useWrite(hooksOf(place).update)
  const write = hook === null ? create : update
  const form = useForm({
    initialValues: {
      url: hook?.url ?? '',
      description: hook?.description ?? '',
      token: '',
      push_events_branch_filter: hook?.push_events_branch_filter ?? '',
      enable_ssl_verification: hook?.enable_ssl_verification ?? true,
      told:
        hook === null
          ? ['deployment_events']
          : triggers.map(([flag]) => flag as string).filter((flag) => hook[flag as Trigger]),
    },
  })
  const save = () => {
    const { told, token, url, ...same } = form.values
    const flags = Object.fromEntries(triggers.map(([flag]) => [flag, told.includes(flag)])) as Record<Trigger, boolean>
    // A URL that is sent again would make the server forget the secret; a secret that is not typed stays.
    const settings = { ...same, ...flags, ...(token === '' ? {} : { token }) }
    const done = () => {
      say(hook === null ? `${url} was added.` : `${url} was changed.`)
      close()
    }
    const refused = (error: Error) => form.setErrors(fieldErrors(error, ['url', 'token', 'description']))
    if (hook === null) send(create, { id: place.id, url, ...settings }, done, refused)
    else {
      const moved = url === hook.url ? {} : { url }
      send(update, { id: place.id, hook_id: hook.id, ...moved, ...settings }, done, refused)
    }
  }
  return (
    <WriteForm
      label={hook === null ? 'Add webhook' : 'Edit webhook'}
      submit={hook === null ? 'Add' : 'Save'}
      refusal={form.values.url.trim() === '' ? 'Enter a URL first.' : null}
      onSubmit={save}
      write={write}
      cancel={close}
    >
      <TextInput
        label="URL"
        required
        placeholder="https://example.com/hook"
        autoComplete="off"
        classNames={{ input: 'mono' }}
        {...form.getInputProps('url')}
      />
      <TextInput label="Description" {...form.getInputProps('description')} />
      <PasswordInput
        label="Secret token"
        description={
          hook?.token_present
            ? 'Sent as X-Gitlab-Token. There is one; left empty, it stays unless the URL changes.'
            : 'Sent as X-Gitlab-Token, so that the receiver knows who calls.'
        }
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': 'Show the secret token' }}
        {...form.getInputProps('token')}
      />
      <FieldGroup legend="Told of">
        <Checkbox.Group {...form.getInputProps('told')}>
          <Stack gap="xs">
            {triggers.map(([flag, label]) => (
              <Checkbox key={flag} value={flag} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
      </FieldGroup>
      {form.values.told.includes('push_events') ? (
        <TextInput
          label="Only pushes to branches"
          description="A name or a pattern such as release/*; empty for all."
          {...form.getInputProps('push_events_branch_filter')}
        />
      ) : null}
      <Checkbox
        label="Verify the certificate"
        {...form.getInputProps('enable_ssl_verification', { type: 'checkbox' })}
      />
    </WriteForm>
  )
}
