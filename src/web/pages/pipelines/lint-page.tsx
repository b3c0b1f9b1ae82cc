import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { lintContent } from '../../../contract/ci-lint.ts'
import { getFile } from '../../../contract/repository-files.ts'
import { client } from '../../api/client.ts'
import { isMissing } from '../../api/failure.ts'
import { type ApiFailure, query } from '../../api/query.ts'
import { announce } from '../../components/announce.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { LoadingState, RefusedOrFailed } from '../../components/page-state.tsx'
import { useSearchParam } from '../../components/use-search-param.ts'
import { projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import { CommitForm } from './commit-form.tsx'
import { LintAnswer } from './lint-answer.tsx'
import classes from './pipeline.module.css'

const defaultFile = '.gitlab-ci.yml'

/** /-/ci/lint: changes the configuration in the repository, checks it, and commits it. */
export function LintPage({ project }: ProjectPageProps) {
  const path = project.path_with_namespace
  const ref = useSearchParam('ref')
  const branch = ref.value || (project.default_branch ?? 'main')
  const file = useQuery({
    ...query(getFile, { id: project.id, file_path: defaultFile, ref: branch }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [commits, setCommits] = useState(0)
  const missing = file.error !== null && isMissing(file.error)
  return (
    <>
      <PageHeader
        title="Configuration"
        documentTitle={`Configuration · ${path}`}
        crumbs={[
          { label: project.name, to: projectPath(path) },
          { label: 'Pipelines', to: projectPath(path, 'pipelines') },
        ]}
      />
      <Stack gap="lg">
        <TextInput
          label="Branch or tag"
          description="Its file is shown, and its includes are used."
          placeholder={project.default_branch ?? 'main'}
          value={ref.typed}
          onChange={(event) => ref.type(event.currentTarget.value)}
          maw={320}
        />
        {file.data === undefined && !missing && file.error ? (
          <RefusedOrFailed error={file.error} retry={() => file.refetch()} />
        ) : file.data === undefined && !missing ? (
          <LoadingState label="Configuration" />
        ) : (
          <Editor
            key={`${branch} ${commits}`}
            projectId={project.id}
            branch={branch}
            content={file.data ? textOf(file.data.content) : ''}
            lastCommit={file.data?.last_commit_id ?? null}
            committed={() => setCommits(commits + 1)}
          />
        )}
      </Stack>
    </>
  )
}

interface EditorProps {
  readonly projectId: number
  readonly branch: string
  /** As it is committed. */
  readonly content: string
  readonly lastCommit: string | null
  readonly committed: () => void
}

function Editor({ projectId, branch, committed, ...read }: EditorProps) {
  // What others push meanwhile must not change under the hands; it is noticed when this is committed.
  const [{ content, lastCommit }] = useState(read)
  const area = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(content)
  // It changes nothing, so nothing on the page has to be asked again.
  const lint = useMutation<Awaited<ReturnType<typeof check>>, ApiFailure, string>({
    mutationFn: (given) => check(projectId, branch, given),
    onSuccess: ({ valid, errors }) =>
      announce(valid ? 'The configuration is valid.' : `The configuration has ${errors.length} errors.`),
  })
  const showLine = (line: number) => {
    const before = text
      .split('\n')
      .slice(0, line - 1)
      .join('\n').length
    const start = line > 1 ? before + 1 : 0
    const end = text.indexOf('\n', start)
    area.current?.focus()
    area.current?.setSelectionRange(start, end === -1 ? text.length : end)
  }
  return (
    <>
      <Textarea
        ref={area}
        label="Configuration"
        classNames={{ input: classes.editor ?? '' }}
        autosize
        minRows={12}
        maxRows={30}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group>
        <Button onClick={() => lint.mutate(text)} loading={lint.isPending}>
          Check
        </Button>
        {text === content ? null : (
          <Button variant="default" onClick={() => setText(content)}>
            Back to what is committed
          </Button>
        )}
      </Group>
      {lint.error ? <RefusedOrFailed error={lint.error} retry={() => lint.mutate(text)} /> : null}
      {lint.data ? <LintAnswer answer={lint.data} showLine={showLine} /> : null}
      <CommitForm
        projectId={projectId}
        branch={branch}
        path={defaultFile}
        content={text}
        lastCommit={lastCommit}
        changed={text !== content}
        committed={committed}
      />
    </>
  )
}

function check(projectId: number, ref: string, content: string) {
  return client.call(lintContent, { id: projectId, content, ref, include_jobs: true })
}

/** Of base64, in UTF-8. */
function textOf(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)))
}
