import { Autocomplete, Textarea } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import { listBranches } from '../../../../contract/branches.ts'
import type { Project } from '../../../../contract/project-entities.ts'
import { updateProject } from '../../../../contract/projects.ts'
import { queryPage, useWrite } from '../../../api/query.ts'
import classes from '../../../components/options.module.css'
import { say } from '../../../components/said.ts'
import { Section } from '../../../components/section.tsx'
import { WriteForm } from '../../../components/write-form.tsx'
import { type SettingsPlace, useRefusal } from '../settings-place.ts'
import { changed } from './changed.ts'

/** Description and default branch. */
export function RepositoryForm({ place, project }: { readonly place: SettingsPlace; readonly project: Project }) {
  const refusal = useRefusal(place, { project: 'admin_project' })
  const update = useWrite(updateProject)
  const branches = useQuery(queryPage(listBranches, { id: place.id, per_page: 100 }))
  const before = { description: project.description ?? '', default_branch: project.default_branch ?? '' }
  const form = useForm({ initialValues: before })
  const save = () =>
    update.mutate(
      { id: place.id, ...changed(before, form.values) },
      { onSuccess: () => say('The project was changed.') },
    )
  return (
    <Section title="Description and repository" padded>
      <WriteForm
        label="Description and repository"
        submit="Save description and repository"
        onSubmit={save}
        write={update}
        refusal={refusal}
      >
        <Textarea label="Description" autosize minRows={2} maw={720} {...form.getInputProps('description')} />
        <Autocomplete
          label="Default branch"
          data={(branches.data?.items ?? []).map(({ name }) => name)}
          filter={({ options }) => options}
          comboboxProps={{ withinPortal: false }}
          withScrollArea={false}
          classNames={{ options: classes.options }}
          maw={480}
          {...form.getInputProps('default_branch')}
        />
      </WriteForm>
    </Section>
  )
}
