import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getProject, updateProject } from '../../../../contract/projects.ts'
import { query, useWrite } from '../../../api/query.ts'
import { AppLink } from '../../../components/app-link.tsx'
import { say } from '../../../components/said.ts'
import { Section } from '../../../components/section.tsx'
import { WriteForm } from '../../../components/write-form.tsx'
import { type SettingsPlace, settingsPath, useRefusal } from '../settings-place.ts'
import { protectionsPage } from './operations.ts'

function useSelfApproval({ fullPath }: SettingsPlace): boolean | undefined {
  const project = useQuery({ ...query(getProject, { id: fullPath }), staleTime: 60_000 })
  return project.data?.allow_pipeline_trigger_approve_deployment
}

/** Reminds whoever writes rules of what holds for all of them. */
export function SelfApprovalNote({ place }: { readonly place: SettingsPlace }) {
  const now = useSelfApproval(place)
  if (now === undefined) return null
  return (
    <Text size="sm" c="dimmed">
      Whoever started a deployment {now ? 'may' : 'cannot'} approve it:{' '}
      <AppLink to={settingsPath(place, protectionsPage)} underline="always">
        a setting of the whole project
      </AppLink>
      .
    </Text>
  )
}

/** Whether the creators of deployments may approve their own, for all protected environments of a project. */
export function SelfApprovalSection({ place }: { readonly place: SettingsPlace }) {
  const now = useSelfApproval(place)
  if (now === undefined) return null
  return <SelfApproval key={String(now)} place={place} now={now} />
}

function SelfApproval({ place, now }: { readonly place: SettingsPlace; readonly now: boolean }) {
  const update = useWrite(updateProject)
  const refusal = useRefusal(place, { project: 'admin_project' })
  const save = () => {
    const done = now ? 'Nobody approves their own deployments any more.' : 'Creators may approve their own deployments.'
    update.mutate({ id: place.id, allow_pipeline_trigger_approve_deployment: !now }, { onSuccess: () => say(done) })
  }
  return (
    <Section title="Approving one’s own deployments" padded>
      <WriteForm
        label="Approving one’s own deployments"
        onSubmit={save}
        write={update}
        refusal={refusal}
        submit={now ? 'Forbid self-approval' : 'Allow self-approval'}
      >
        {now
          ? 'Whoever started a pipeline may approve its deployments, if a rule names them. This holds for every protected environment of this project.'
          : 'Whoever started a pipeline cannot approve its deployments, even if a rule names them. This holds for every protected environment of this project.'}
      </WriteForm>
    </Section>
  )
}
