import { Stack, Text, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { deleteGroup, getGroup, updateGroup } from '../../../../contract/groups.ts'
import { query, useWrite } from '../../../api/query.ts'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { QueryState } from '../../../components/page-state.tsx'
import { say } from '../../../components/said.ts'
import { Section } from '../../../components/section.tsx'
import { WriteForm } from '../../../components/write-form.tsx'
import { groupsPath } from '../../../paths.ts'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, useRefusal } from '../settings-place.ts'
import { IdentityForm } from './identity-form.tsx'

/** /groups/:group/-/settings/general */
export function GroupGeneralPage({ place }: SettingsPageProps) {
  const group = useQuery({ ...query(getGroup, { id: place.fullPath, with_projects: false }), staleTime: 60_000 })
  return (
    <>
      <SettingsHeader place={place} title="General" about="What the group is called and who sees it." />
      <QueryState query={group} label="Group">
        {(data) => (
          <Stack gap="lg">
            <IdentityForm place={place} now={data} />
            <DescriptionForm place={place} now={data.description} />
            <DeleteGroup place={place} />
          </Stack>
        )}
      </QueryState>
    </>
  )
}

function DescriptionForm({ place, now }: SettingsPageProps & { readonly now: string }) {
  const refusal = useRefusal(place, { group: 'admin_group' })
  const update = useWrite(updateGroup)
  const [description, setDescription] = useState(now)
  const save = () => update.mutate({ id: place.id, description }, { onSuccess: () => say('The group was changed.') })
  return (
    <Section title="Description" padded>
      <WriteForm
        label="Description of the group"
        submit="Save description"
        onSubmit={save}
        write={update}
        refusal={refusal}
      >
        <Textarea
          label="Description"
          autosize
          minRows={2}
          maw={720}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
      </WriteForm>
    </Section>
  )
}

function DeleteGroup({ place }: SettingsPageProps) {
  const navigate = useNavigate()
  const refusal = useRefusal(place, { group: 'admin_group' })
  return (
    <Section title="Delete" padded>
      <Stack align="flex-start">
        <Text>A deleted group is gone with its subgroups and projects; the audit events stay.</Text>
        <ConfirmAction
          operation={deleteGroup}
          input={{ id: place.id }}
          refusal={refusal}
          label="Delete group"
          title="Delete group"
          done={`${place.fullPath} was deleted.`}
          onDone={() => void navigate(groupsPath)}
          typed={place.fullPath}
          danger
        >
          <strong>{place.fullPath}</strong> is deleted with every group and project below it. Nobody can bring it back.
        </ConfirmAction>
      </Stack>
    </Section>
  )
}
