import { Alert, Button, Group, Paper, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearchParams } from 'react-router'
import { createGroup, getGroup } from '../../../contract/groups.ts'
import { query, useWrite } from '../../api/query.ts'
import { fieldErrors } from '../../components/form-errors.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { pathFromName } from '../../components/path-from-name.ts'
import { VisibilityChoice } from '../../components/visibility-choice.tsx'
import { groupPath, groupsPath } from '../../paths.ts'
import { Main } from '../../shell/main.tsx'

interface Values {
  name: string
  path: string
  description: string
  visibility: 'private' | 'internal' | 'public'
}

/** /groups/new, with `?parent=` for a subgroup. */
export function NewGroupPage() {
  const [params] = useSearchParams()
  const parent = params.get('parent')
  const above = useQuery({ ...query(getGroup, { id: parent ?? '', with_projects: false }), enabled: parent !== null })
  const navigate = useNavigate()
  const create = useWrite(createGroup)
  const form = useForm<Values>({
    initialValues: { name: '', path: '', description: '', visibility: 'private' },
    validate: { name: (value) => (value.trim() === '' ? 'Enter a name' : null) },
  })
  const submit = ({ name, path, description, visibility }: Values) => {
    const input = {
      name,
      path: path || pathFromName(name),
      visibility,
      ...(description === '' ? {} : { description }),
      ...(parent === null ? {} : { parent_id: parent }),
    }
    create.mutate(input, {
      onSuccess: (group) => void navigate(groupPath(group.full_path)),
      onError: (error) => form.setErrors(fieldErrors(error, ['name', 'path', 'description'])),
    })
  }
  return (
    <Main>
      <PageHeader title={parent === null ? 'New group' : 'New subgroup'} crumbs={[{ label: 'Groups', to: groupsPath }]}>
        {above.data ? <Text c="dimmed">Below {above.data.full_name}</Text> : null}
      </PageHeader>
      <Paper withBorder p="lg" maw={640}>
        <form onSubmit={form.onSubmit(submit)} noValidate>
          <Stack>
            {create.error ? (
              <Alert color="reject" role="alert" title="Not created">
                {create.error.message}
              </Alert>
            ) : null}
            <TextInput label="Name" required autoFocus {...form.getInputProps('name')} />
            <TextInput
              label="Path"
              description="The group's part of its address."
              placeholder={pathFromName(form.values.name) || 'my-group'}
              {...form.getInputProps('path')}
            />
            <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
            <VisibilityChoice {...form.getInputProps('visibility')} />
            <Group justify="flex-end">
              <Button type="submit" loading={create.isPending}>
                Create group
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </Main>
  )
}
