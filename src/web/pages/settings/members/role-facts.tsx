import { Text } from '@mantine/core'
import { RelativeTime } from '../../../components/relative-time.tsx'
import { roleName } from '../../../components/role-name.ts'
import { Facts } from '../../../components/row-list.tsx'

interface RoleFactsProps {
  readonly level: number
  /** The first day on which the role is gone, YYYY-MM-DD. */
  readonly expiresAt: string | null
  readonly since?: string
}

/** A role that somebody has, since when and until when. */
export function RoleFacts({ level, expiresAt, since }: RoleFactsProps) {
  return (
    <Facts>
      <span>{roleName(level)}</span>
      {since === undefined ? null : (
        <Text span inherit c="dimmed">
          added <RelativeTime at={since} />
        </Text>
      )}
      {expiresAt === null ? null : (
        <Text span inherit c="dimmed">
          expires on {expiresAt}
        </Text>
      )}
    </Facts>
  )
}
