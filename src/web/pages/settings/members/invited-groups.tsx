import { Text } from '@mantine/core'
import { IconUsersPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type GroupDetail, getGroup } from '../../../../contract/groups.ts'
import { getProject } from '../../../../contract/projects.ts'
import { query, useWrite } from '../../../api/query.ts'
import { AppLink } from '../../../components/app-link.tsx'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { GroupSelect } from '../../../components/group-select.tsx'
import { QueryState } from '../../../components/page-state.tsx'
import { Row, RowList } from '../../../components/row-list.tsx'
import { say } from '../../../components/said.ts'
import { Section } from '../../../components/section.tsx'
import { WriteForm } from '../../../components/write-form.tsx'
import { groupPath } from '../../../paths.ts'
import type { SettingsPlace } from '../settings-place.ts'
import { expiryOf, type MembersProps, sharingOf } from './operations.ts'
import { RoleFacts } from './role-facts.tsx'
import { RoleFields, type RoleValues } from './role-fields.tsx'

type Share = GroupDetail['shared_with_groups'][number]

/** Groups whose members have a role here too. Only they can be named in protected environments of a project. */
export function InvitedGroups({ place, refusal }: MembersProps) {
  const shares = useShares(place)
  const invited = (shares.data ?? []).map((share) => share.group_id)
  return (
    <Section
      title="Invited groups"
      count={shares.data?.length}
      actions={
        <DialogButton
          label="Invite a group"
          title="Invite a group"
          icon={IconUsersPlus}
          refusal={refusal}
          size="xs"
          variant="default"
        >
          {(close) => <InviteGroup place={place} refusal={refusal} invited={invited} close={close} />}
        </DialogButton>
      }
    >
      <QueryState query={shares} label="Invited groups">
        {(items) =>
          items.length === 0 ? (
            <Text c="dimmed" p="md">
              No group is invited.
              {place.kind === 'project'
                ? ' A group must be invited before it can be named to deploy or to approve.'
                : ''}
            </Text>
          ) : (
            <RowList label="Invited groups">
              {items.map((share) => (
                <ShareRow key={share.group_id} place={place} refusal={refusal} share={share} />
              ))}
            </RowList>
          )
        }
      </QueryState>
    </Section>
  )
}

function useShares({ kind, fullPath }: SettingsPlace) {
  const project = useQuery({ ...query(getProject, { id: fullPath }), enabled: kind === 'project' })
  const group = useQuery({ ...query(getGroup, { id: fullPath, with_projects: false }), enabled: kind === 'group' })
  const { data, error, refetch } = kind === 'project' ? project : group
  return { data: data && (data.shared_with_groups ?? []), error, refetch }
}

function ShareRow({ place, refusal, share }: MembersProps & { readonly share: Share }) {
  const { group_id: id, group_name: name } = share
  return (
    <Row
      end={
        <ConfirmAction
          operation={sharingOf(place).unshare}
          input={{ id: place.id, group_id: id }}
          refusal={refusal}
          label="Remove"
          accessibleLabel={`Remove ${name}`}
          title={`Remove ${name}`}
          done={`${name} is not invited to ${place.name} any more.`}
          danger
          size="xs"
          variant="default"
        >
          The members of <strong>{name}</strong> lose their role in <strong>{place.name}</strong>, and protected
          environments no longer name the group.
        </ConfirmAction>
      }
    >
      <AppLink to={groupPath(share.group_full_path)} fw={600}>
        {name}
      </AppLink>
      <RoleFacts level={share.group_access_level} expiresAt={share.expires_at} />
    </Row>
  )
}

type InviteGroupProps = MembersProps & { readonly invited: readonly number[]; readonly close: () => void }

function InviteGroup({ place, refusal, invited, close }: InviteGroupProps) {
  const share = useWrite(sharingOf(place).share)
  const [group, setGroup] = useState<string | null>(null)
  const [values, setValues] = useState<RoleValues>({ role: 30, expiry: '' })
  const without = place.kind === 'group' ? [...invited, place.id] : invited
  const save = () =>
    share.mutate(
      { id: place.id, group_id: group ?? '', group_access: values.role, ...expiryOf(values.expiry) },
      {
        onSuccess: () => {
          say(`The group is invited to ${place.name}.`)
          close()
        },
      },
    )
  return (
    <WriteForm
      label="Invite a group"
      submit="Invite"
      failure="Not invited"
      refusal={refusal ?? (group === null ? 'Choose a group first.' : null)}
      onSubmit={save}
      write={share}
      cancel={close}
    >
      <GroupSelect value={group} onChange={setGroup} without={without} />
      <RoleFields values={values} onChange={setValues} />
    </WriteForm>
  )
}
