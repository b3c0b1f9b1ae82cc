import { Checkbox, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { createOwnAccessToken, type NewAccessToken } from '../../../contract/access-tokens.ts'
import type { RequestOf } from '../../../contract/operation.ts'
import { useWrite } from '../../api/query.ts'
import { DateField } from '../../components/date-field.tsx'
import { fieldErrors } from '../../components/form-errors.ts'
import { WriteForm } from '../../components/write-form.tsx'

const scopes = {
  api: 'Everything that you may do',
  read_api: 'Reads everything that you may read',
  read_user: 'Reads your account',
  read_repository: 'Reads repositories with git',
  write_repository: 'Reads and writes repositories with git',
  create_runner: 'Makes runners',
  self_rotate: 'Replaces itself by a new token',
} as const

interface NewTokenFormProps {
  readonly close: () => void
  readonly onCreated: (token: NewAccessToken) => void
}

/** What a new token is called, what it may do, and how long it works. */
export function NewTokenForm({ close, onCreated }: NewTokenFormProps) {
  const create = useWrite(createOwnAccessToken)
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [expires, setExpires] = useState('')
  const [chosen, setChosen] = useState<string[]>([])
  const problems = create.error ? fieldErrors(create.error, ['name', 'scopes', 'expires_at']) : {}
  const send = () => {
    const input = {
      name,
      scopes: chosen,
      ...(description === '' ? {} : { description }),
      ...(expires === '' ? {} : { expires_at: expires }),
    } satisfies RequestOf<typeof createOwnAccessToken>
    create.mutate(input, { onSuccess: onCreated })
  }
  return (
    <WriteForm
      label="New access token"
      submit="Create token"
      failure="Not created"
      write={create}
      cancel={close}
      onSubmit={send}
    >
      <TextInput
        label="Name"
        required
        data-autofocus
        value={name}
        error={problems['name']}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label="Description"
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <DateField
        label="Expires on"
        description="The first day on which it no longer works; empty: it does not expire."
        value={expires}
        onChange={setExpires}
      />
      <Checkbox.Group label="Scopes" value={chosen} onChange={setChosen} error={problems['scopes']}>
        <Stack gap="xs" mt={6}>
          {Object.entries(scopes).map(([scope, meaning]) => (
            <Checkbox key={scope} value={scope} label={scope} description={meaning} />
          ))}
        </Stack>
      </Checkbox.Group>
    </WriteForm>
  )
}
