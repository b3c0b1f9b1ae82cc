import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listProjectPermissions } from '../../../contract/permissions.ts'
import { createFile, updateFile } from '../../../contract/repository-files.ts'
import { query, send, useWrite } from '../../api/query.ts'
import { announce } from '../../components/announce.tsx'
import { WriteForm } from '../../components/write-form.tsx'

interface CommitFormProps {
  readonly projectId: number
  readonly branch: string
  readonly path: string
  /** What the file is to hold. */
  readonly content: string
  /** The commit that the text was read at; null: the file is new. Somebody else's newer commit is not overwritten. */
  readonly lastCommit: string | null
  readonly changed: boolean
  /** Called when it is committed, and everything on the page was asked again. */
  readonly committed: () => void
}

/** Commits the edited file to the branch; the push makes a pipeline like any other. */
export function CommitForm({ projectId, branch, path, content, lastCommit, changed, committed }: CommitFormProps) {
  const [message, setMessage] = useState(`Update ${path}`)
  const permissions = useQuery(query(listProjectPermissions, { id: projectId }))
  const create = useWrite(createFile)
  const update = useWrite(updateFile)
  const right = permissions.data?.push_code
  const refusal = right?.allowed === false ? right.reason : changed ? null : 'Nothing is changed.'
  const commit = () => {
    const change = { id: projectId, file_path: path, branch, content, commit_message: message }
    const done = () => {
      announce(`Committed to ${branch}.`)
      committed()
    }
    if (lastCommit === null) send(create, change, done)
    else send(update, { ...change, last_commit_id: lastCommit }, done)
  }
  return (
    <WriteForm
      label="Commit"
      onSubmit={commit}
      write={lastCommit === null ? create : update}
      submit={`Commit to ${branch}`}
      refusal={refusal}
      failure="Not committed"
    >
      <TextInput
        label="Commit message"
        value={message}
        onChange={(event) => setMessage(event.currentTarget.value)}
        maw={640}
      />
    </WriteForm>
  )
}
