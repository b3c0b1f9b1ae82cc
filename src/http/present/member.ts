/** Members as the API shows them. */
import type { App } from '../../app/context.ts'
import type { Member } from '../../contract/members.ts'
import type { MemberDetails } from '../../db/member-list.ts'
import { presentUserBasic } from './user.ts'

export function presentMember(app: App, member: MemberDetails): Member {
  return {
    access_level: member.accessLevel,
    created_at: member.createdAt.toISOString(),
    ...(member.createdBy ? { created_by: presentUserBasic(app, member.createdBy) } : {}),
    expires_at: member.expiresAt,
    ...presentUserBasic(app, member.user),
    membership_state: 'active',
  }
}
