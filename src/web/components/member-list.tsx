import { Text } from '@mantine/core'
import type { Member } from '../../contract/members.ts'
import classes from './member-list.module.css'
import { PersonLink } from './person-link.tsx'
import { roleName } from './role-name.ts'

/** People with their roles. */
export function MemberList({ members }: { readonly members: readonly Member[] }) {
  return (
    <ul className={classes.members}>
      {members.map((member) => (
        <li key={member.id}>
          <PersonLink person={member} />
          <Text span size="sm" c="dimmed">
            {roleName(member.access_level)}
          </Text>
        </li>
      ))}
    </ul>
  )
}
