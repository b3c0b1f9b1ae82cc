import { ActionIcon, Alert, Button, Group, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { type FormEvent, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { createPipeline } from '../../../contract/pipelines.ts'
import { useWrite } from '../../api/query.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { Section } from '../../components/section.tsx'
import { pipelinePath, projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'

interface Variable {
  readonly row: number
  readonly key: string
  readonly value: string
}

/** /-/pipelines/new: runs a pipeline for a branch or tag, with variables. */
export function NewPipelinePage({ project }: ProjectPageProps) {
  const path = project.path_with_namespace
  const navigate = useNavigate()
  const write = useWrite(createPipeline)
  const rows = useRef(0)
  const [ref, setRef] = useState(project.default_branch ?? '')
  const [variables, setVariables] = useState<readonly Variable[]>([])
  const add = () => {
    rows.current += 1
    const row = rows.current
    setVariables((before) => [...before, { row, key: '', value: '' }])
  }
  const change = (row: number, part: Partial<Variable>) =>
    setVariables((before) => before.map((each) => (each.row === row ? { ...each, ...part } : each)))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const given = variables.filter(({ key }) => key !== '').map(({ key, value }) => ({ key, value }))
    write.mutate(
      { id: project.id, ref, variables: given },
      { onSuccess: (made) => void navigate(pipelinePath(path, made.id)) },
    )
  }
  return (
    <>
      <PageHeader
        title="New pipeline"
        documentTitle={`New pipeline · ${path}`}
        crumbs={[
          { label: project.name, to: projectPath(path) },
          { label: 'Pipelines', to: projectPath(path, 'pipelines') },
        ]}
      />
      <form onSubmit={submit}>
        <Stack>
          {write.error ? (
            <Alert color="reject" role="alert" title="No pipeline was made">
              {write.error.message}
            </Alert>
          ) : null}
          <TextInput
            label="Branch or tag"
            required
            value={ref}
            onChange={(event) => setRef(event.currentTarget.value)}
          />
          <Section title="Variables" padded>
            <Stack gap="sm">
              {variables.map(({ row, key, value }, index) => (
                <Group key={row} align="end">
                  <TextInput
                    label={`Key ${index + 1}`}
                    value={key}
                    onChange={(event) => change(row, { key: event.currentTarget.value })}
                  />
                  <TextInput
                    label={`Value ${index + 1}`}
                    value={value}
                    onChange={(event) => change(row, { value: event.currentTarget.value })}
                  />
                  <ActionIcon
                    variant="default"
                    size="lg"
                    aria-label={`Remove variable ${index + 1}`}
                    onClick={() => setVariables((before) => before.filter((each) => each.row !== row))}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Group>
              ))}
              <Group>
                <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>
                  Add variable
                </Button>
              </Group>
            </Stack>
          </Section>
          <Group>
            <Button type="submit" loading={write.isPending}>
              Run pipeline
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  )
}
