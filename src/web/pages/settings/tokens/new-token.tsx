import { Checkbox, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { RequestOf } from '../../../../contract/operation.ts'
import type { projectAccessTokens } from '../../../../contract/resource-tokens.ts'
import { useWrite } from '../../../api/query.ts'
import { DateField } from '../../../components/date-field.tsx'
import { FieldGroup } from '../../../components/field-group.tsx'
import { type RoleLevel, RoleSelect } from '../../../components/role-select.tsx'
import { say } from '../../../components/said.ts'
import { WriteForm } from '../../../components/write-form.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import { type TokenMade, tokensOf } from './operations.ts'

type Scopes = RequestOf<typeof projectAccessTokens.create>['scopes']

/** What bots may be given; each with what it is for. */
const scopes: readonly (readonly [scope: string, meaning: string])[] = [
  ['api', 'Everything, as far as the role goes'],
  ['read_api', 'Reads everything, changes nothing'],
  ['read_repository', 'Clones and fetches'],
  ['write_repository', 'Clones, fetches and pushes'],
  ['create_runner', 'Makes runners'],
  ['self_rotate', 'Replaces itself by a new token'],
]

interface NewTokenProps {
  readonly place: SettingsPlace
  readonly close: () => void
  readonly onMade: (made: TokenMade) => void
}

/** Makes a token with a bot of its own. */
export function NewToken({ place, close, onMade }: NewTokenProps) {
  const create = useWrite(tokensOf(place).create)
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [role, setRole] = useState<RoleLevel>(30)
  const [expiry, setExpiry] = useState('')
  const missing = name.trim() === '' ? 'Enter a name first.' : chosen.length === 0 ? 'Choose a scope first.' : null
  const save = () =>
    create.mutate(
      {
        id: place.id,
        name,
        scopes: [...chosen] satisfies Scopes,
        access_level: role,
        ...(expiry === '' ? {} : { expires_at: expiry }),
      },
      {
        onSuccess: (made) => {
          say(`${name} was made. It is shown this once.`)
          close()
          onMade(made)
        },
      },
    )
  return (
    <WriteForm
      label="Add token"
      submit="Create token"
      failure="Not created"
      refusal={missing}
      onSubmit={save}
      write={create}
      cancel={close}
    >
      <TextInput
        label="Name"
        description="What uses it. Everybody who sees what the bot does can read it."
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RoleSelect value={role} onChange={setRole} />
      <DateField label="Expires (optional)" value={expiry} onChange={setExpiry} />
      <FieldGroup legend="Scopes">
        <Checkbox.Group value={[...chosen]} onChange={setChosen}>
          <Stack gap="xs">
            {scopes.map(([scope, meaning]) => (
              <Checkbox key={scope} value={scope} label={scope} description={meaning} />
            ))}
          </Stack>
        </Checkbox.Group>
      </FieldGroup>
    </WriteForm>
  )
}
