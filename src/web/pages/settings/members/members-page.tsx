import { Stack } from '@mantine/core'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, useRefusal } from '../settings-place.ts'
import { AddMember } from './add-member.tsx'
import { AllMembers } from './all-members.tsx'
import { DirectMembers } from './direct-members.tsx'
import { InvitedGroups } from './invited-groups.tsx'
import { changingMembers } from './operations.ts'

/** …/settings/members: who has a role here, by themselves, through a group above, or through an invited group. */
export function MembersPage({ place }: SettingsPageProps) {
  const refusal = useRefusal(place, changingMembers)
  return (
    <>
      <SettingsHeader
        place={place}
        title="Members"
        about={`Who may do what in this ${place.kind}, and for how long. Taking a role away takes the right to deploy and to approve with it.`}
      />
      <Stack gap="lg">
        <AddMember place={place} refusal={refusal} />
        <DirectMembers place={place} refusal={refusal} />
        <InvitedGroups place={place} refusal={refusal} />
        <AllMembers place={place} />
      </Stack>
    </>
  )
}
