import { Group, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Member } from '../../../../contract/members.ts'
import { queryList, useWrite } from '../../../api/query.ts'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { ListSection } from '../../../components/list-section.tsx'
import { PersonLink } from '../../../components/person-link.tsx'
import { asRole } from '../../../components/role-select.tsx'
import { Row } from '../../../components/row-list.tsx'
import { say } from '../../../components/said.ts'
import { WriteForm } from '../../../components/write-form.tsx'
import { inboxPath } from '../../../paths.ts'
import { useUser } from '../../../session/use-session.ts'
import { type MembersProps, membersOf } from './operations.ts'
import { RoleFacts } from './role-facts.tsx'
import { RoleFields, type RoleValues } from './role-fields.tsx'

/** Those who were given a role right here. */
export function DirectMembers({ place, refusal }: MembersProps) {
  const members = useInfiniteQuery(queryList(membersOf(place).list, { id: place.id, per_page: 50 }))
  return (
    <ListSection
      title="Direct members"
      list={members}
      empty={
        <Text c="dimmed" p="md">
          Nobody was given a role right here.
        </Text>
      }
    >
      {(member) => <MemberRow key={member.id} place={place} refusal={refusal} member={member} />}
    </ListSection>
  )
}

type MemberProps = MembersProps & { readonly member: Member }

function MemberRow({ place, refusal, member }: MemberProps) {
  // Everybody may leave, whatever their role.
  const leaves = useUser().id === member.id
  const navigate = useNavigate()
  return (
    <Row
      end={
        <Group gap="xs">
          <DialogButton
            label="Edit"
            accessibleLabel={`Edit ${member.name}`}
            title={`Role of ${member.name}`}
            refusal={refusal}
            size="xs"
            variant="default"
          >
            {(close) => <ChangeMember place={place} refusal={refusal} member={member} close={close} />}
          </DialogButton>
          <ConfirmAction
            operation={membersOf(place).remove}
            input={{ id: place.id, user_id: member.id }}
            refusal={leaves ? null : refusal}
            label={leaves ? 'Leave' : 'Remove'}
            accessibleLabel={leaves ? `Leave ${place.name}` : `Remove ${member.name}`}
            title={leaves ? `Leave ${place.name}` : `Remove ${member.name}`}
            done={`${member.name} is no direct member of ${place.name} any more.`}
            // Perhaps nothing of this can be seen any more.
            onDone={() => (leaves ? void navigate(inboxPath) : undefined)}
            danger
            size="xs"
            variant="default"
          >
            <strong>{member.name}</strong> loses the role in <strong>{place.name}</strong>
            {place.kind === 'group' ? ' and in everything below it' : ''}, with the right to deploy and to approve that
            came with it. Approvals they gave no longer count for deployments that wait.
          </ConfirmAction>
        </Group>
      }
    >
      <PersonLink person={member} />
      <RoleFacts level={member.access_level} expiresAt={member.expires_at} since={member.created_at} />
    </Row>
  )
}

function ChangeMember({ place, refusal, member, close }: MemberProps & { readonly close: () => void }) {
  const update = useWrite(membersOf(place).update)
  const [values, setValues] = useState<RoleValues>({
    role: asRole(member.access_level),
    expiry: member.expires_at ?? '',
  })
  const save = () =>
    update.mutate(
      { id: place.id, user_id: member.id, access_level: values.role, expires_at: values.expiry },
      {
        onSuccess: () => {
          say(`The role of ${member.name} was changed.`)
          close()
        },
      },
    )
  return (
    <WriteForm
      label={`Role of ${member.name}`}
      submit="Save"
      onSubmit={save}
      write={update}
      refusal={refusal}
      cancel={close}
    >
      <RoleFields values={values} onChange={setValues} />
    </WriteForm>
  )
}
