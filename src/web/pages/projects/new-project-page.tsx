import { Alert, Button, Group, Paper, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearchParams } from 'react-router'
import { listNamespaces } from '../../../contract/namespaces.ts'
import { createProject } from '../../../contract/projects.ts'
import { queryAll, useWrite } from '../../api/query.ts'
import { fieldErrors } from '../../components/form-errors.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { pathFromName } from '../../components/path-from-name.ts'
import { VisibilityChoice } from '../../components/visibility-choice.tsx'
import { projectPath, projectsPath } from '../../paths.ts'
import { Main } from '../../shell/main.tsx'

interface Values {
  name: string
  path: string
  namespace: string
  description: string
  visibility: 'private' | 'internal' | 'public'
}

/** /projects/new */
export function NewProjectPage() {
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const namespaces = useQuery(queryAll(listNamespaces, { per_page: 100 }))
  const create = useWrite(createProject)
  const form = useForm<Values>({
    initialValues: {
      name: '',
      path: '',
      namespace: params.get('namespace') ?? '',
      description: '',
      visibility: 'private',
    },
    validate: { name: (value) => (value.trim() === '' ? 'Enter a name' : null) },
  })
  const submit = ({ name, path, namespace, description, visibility }: Values) => {
    const input = {
      name,
      path: path || pathFromName(name),
      visibility,
      ...(description === '' ? {} : { description }),
      ...(namespace === '' ? {} : { namespace_id: namespace }),
    }
    create.mutate(input, {
      onSuccess: (project) => void navigate(projectPath(project.path_with_namespace)),
      onError: (error) => form.setErrors(fieldErrors(error, ['name', 'path', 'description'])),
    })
  }
  const places = namespaces.data ?? []
  return (
    <Main>
      <PageHeader title="New project" crumbs={[{ label: 'Projects', to: projectsPath }]} />
      <Paper withBorder p="lg" maw={640}>
        <form onSubmit={form.onSubmit(submit)} noValidate>
          <Stack>
            {create.error ? (
              <Alert color="reject" role="alert" title="Not created">
                {create.error.message}
              </Alert>
            ) : null}
            <TextInput label="Name" required autoFocus {...form.getInputProps('name')} />
            <Select
              label="Group"
              description="Where it belongs; without one, to you alone."
              placeholder="Your own namespace"
              searchable
              clearable
              data={places
                .filter((place) => place.kind === 'group')
                .map((place) => ({ value: String(place.id), label: place.full_path }))}
              {...form.getInputProps('namespace')}
              value={form.values.namespace || null}
              onChange={(value) => form.setFieldValue('namespace', value ?? '')}
            />
            <TextInput
              label="Path"
              description="The project's part of its address."
              placeholder={pathFromName(form.values.name) || 'my-project'}
              {...form.getInputProps('path')}
            />
            <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
            <VisibilityChoice {...form.getInputProps('visibility')} />
            <Group justify="flex-end">
              <Button type="submit" loading={create.isPending}>
                Create project
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </Main>
  )
}
