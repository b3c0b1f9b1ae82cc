import { TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useNavigate } from 'react-router'
import { updateGroup } from '../../../../contract/groups.ts'
import { updateProject } from '../../../../contract/projects.ts'
import { useWrite } from '../../../api/query.ts'
import { fieldErrors } from '../../../components/form-errors.ts'
import { say } from '../../../components/said.ts'
import { Section } from '../../../components/section.tsx'
import { VisibilityChoice } from '../../../components/visibility-choice.tsx'
import { WriteForm } from '../../../components/write-form.tsx'
import { type SettingsPlace, settingsPath, useRefusal } from '../settings-place.ts'
import { changed } from './changed.ts'

interface Identity {
  readonly name: string
  readonly path: string
  readonly visibility: 'private' | 'internal' | 'public'
}

/** Name, address and visibility of a project or group. Who sees a project is for its Owners alone to say. */
export function IdentityForm({ place, now }: { readonly place: SettingsPlace; readonly now: Identity }) {
  const navigate = useNavigate()
  const refusal = useRefusal(place, { project: 'rename_project', group: 'admin_group' })
  const showing = useRefusal(place, { project: 'change_visibility_level', group: 'admin_group' })
  const project = useWrite(updateProject)
  const group = useWrite(updateGroup)
  const write = place.kind === 'project' ? project : group
  const before: Identity = { name: now.name, path: now.path, visibility: now.visibility }
  const form = useForm<Identity>({ initialValues: before })
  const save = () => {
    const changes = changed(before, form.values)
    write.mutate(
      { id: place.id, ...changes },
      {
        onSuccess: () => {
          say(`The ${place.kind} was changed.`)
          if (changes.path === undefined) return
          const parts = [...place.fullPath.split('/').slice(0, -1), changes.path]
          void navigate(settingsPath({ ...place, fullPath: parts.join('/') }, 'general'), { replace: true })
        },
        onError: (error) => form.setErrors(fieldErrors(error, ['name', 'path'])),
      },
    )
  }
  return (
    <Section title="Name and visibility" padded>
      <WriteForm
        label="Name and visibility"
        submit="Save name and visibility"
        onSubmit={save}
        write={write}
        refusal={refusal}
      >
        <TextInput label="Name" required maw={480} {...form.getInputProps('name')} />
        <TextInput
          label="Path"
          description={`The ${place.kind}'s part of its address. Links and clones that use the old one stop working.`}
          required
          maw={480}
          {...form.getInputProps('path')}
        />
        <VisibilityChoice refusal={showing} {...form.getInputProps('visibility')} />
      </WriteForm>
    </Section>
  )
}
