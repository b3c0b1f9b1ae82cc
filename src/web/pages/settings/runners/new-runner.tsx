import { Checkbox, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { createUserRunner } from '../../../../contract/runners.ts'
import { useWrite } from '../../../api/query.ts'
import { FieldGroup } from '../../../components/field-group.tsx'
import { say } from '../../../components/said.ts'
import { WriteForm } from '../../../components/write-form.tsx'
import type { SettingsPlace } from '../settings-place.ts'

interface NewRunnerProps {
  readonly place: SettingsPlace
  readonly close: () => void
  /** Gets the token, which is told this once. */
  readonly onMade: (token: string) => void
}

/** Makes a runner, which somebody then registers on a machine. */
export function NewRunner({ place, close, onMade }: NewRunnerProps) {
  const create = useWrite(createUserRunner)
  const form = useForm({ initialValues: { description: '', tags: '', untagged: true, onlyProtected: false } })
  const save = () => {
    const { description, tags, untagged, onlyProtected } = form.values
    const owner =
      place.kind === 'project'
        ? ({ runner_type: 'project_type', project_id: place.id } as const)
        : ({ runner_type: 'group_type', group_id: place.id } as const)
    create.mutate(
      {
        ...owner,
        ...(description === '' ? {} : { description }),
        tag_list: tags,
        run_untagged: untagged,
        access_level: onlyProtected ? 'ref_protected' : 'not_protected',
      },
      {
        onSuccess: ({ token }) => {
          say('The runner was made. Its token is shown this once.')
          close()
          onMade(token)
        },
      },
    )
  }
  return (
    <WriteForm
      label="New runner"
      submit="Create runner"
      failure="Not created"
      onSubmit={save}
      write={create}
      cancel={close}
    >
      <TextInput label="Description" placeholder="Build machine in the cellar" {...form.getInputProps('description')} />
      <TextInput
        label="Tags"
        description="Separated by commas. A job goes only to a runner that has all its tags."
        placeholder="docker, linux"
        {...form.getInputProps('tags')}
      />
      <FieldGroup legend="Takes">
        <Stack gap="xs">
          <Checkbox label="Jobs without tags too" {...form.getInputProps('untagged', { type: 'checkbox' })} />
          <Checkbox
            label="Only jobs of protected branches and tags"
            {...form.getInputProps('onlyProtected', { type: 'checkbox' })}
          />
        </Stack>
      </FieldGroup>
    </WriteForm>
  )
}
