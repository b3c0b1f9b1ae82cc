import { Checkbox, NumberInput, TagsInput, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { RequestOf } from '../../contract/operation.ts'
import { createUserRunner } from '../../contract/runners.ts'
import { useWrite } from '../api/query.ts'
import { fieldErrors } from '../components/form-errors.ts'
import { WriteForm } from '../components/write-form.tsx'

interface Values {
  description: string
  tags: string[]
  untagged: boolean
  protectedOnly: boolean
  /** Minutes; a text while it is empty. */
  timeout: number | string
}

interface NewRunnerFormProps {
  /** Whom it is to serve. */
  readonly owner: Pick<RequestOf<typeof createUserRunner>, 'runner_type' | 'group_id' | 'project_id'>
  readonly close: () => void
  /** Called with the token, which is told this once. */
  readonly onCreated: (token: string) => void
}

/** What a new runner is to take. */
export function NewRunnerForm({ owner, close, onCreated }: NewRunnerFormProps) {
  const create = useWrite(createUserRunner)
  const form = useForm<Values>({
    initialValues: { description: '', tags: [], untagged: true, protectedOnly: false, timeout: '' },
  })
  const submit = ({ description, tags, untagged, protectedOnly, timeout }: Values) =>
    create.mutate(
      {
        ...owner,
        description,
        tag_list: tags,
        run_untagged: untagged,
        access_level: protectedOnly ? 'ref_protected' : 'not_protected',
        ...(typeof timeout === 'number' ? { maximum_timeout: timeout * 60 } : {}),
      },
      {
        onSuccess: ({ token }) => onCreated(token),
        onError: (error) => form.setErrors(fieldErrors(error, ['description', 'maximum_timeout'])),
      },
    )
  return (
    <WriteForm
      label="New runner"
      submit="Create runner"
      failure="Not created"
      write={create}
      cancel={close}
      onSubmit={() => form.onSubmit(submit)()}
    >
      <TextInput label="Description" data-autofocus {...form.getInputProps('description')} />
      <TagsInput
        label="Tags"
        description="It takes jobs whose tags are all among these. Enter one and press Enter."
        comboboxProps={{ withinPortal: false }}
        {...form.getInputProps('tags')}
      />
      <Checkbox label="Takes jobs without tags, too" {...form.getInputProps('untagged', { type: 'checkbox' })} />
      <Checkbox
        label="Only jobs of protected branches and tags"
        {...form.getInputProps('protectedOnly', { type: 'checkbox' })}
      />
      <NumberInput
        label="Longest time for a job, in minutes"
        description="Empty: as long as the project allows."
        min={10}
        allowDecimal={false}
        {...form.getInputProps('timeout')}
        error={form.errors['maximum_timeout']}
      />
    </WriteForm>
  )
}
