/** Who may give whom which role (GitLab docs, Members of a project, Group and project members API). */
import { type RoleLevel, roles } from './access.ts'
import type { Refusal } from './refusal.ts'

/** What GitLab calls a role. */
export function roleName(level: number): string {
  switch (level as RoleLevel) {
    case roles.guest:
      return 'Guest'
    case roles.planner:
      return 'Planner'
    case roles.reporter:
      return 'Reporter'
    case roles.developer:
      return 'Developer'
    case roles.maintainer:
      return 'Maintainer'
    case roles.owner:
      return 'Owner'
  }
}

export interface MembershipFacts {
  /** Of whoever asks; administrators count as Owners. */
  readonly actorRole: number
  readonly isGroup: boolean
  /** What the member has now; null for somebody who is added. */
  readonly from: number | null
  /** What they shall have; null to take it away. */
  readonly to: number | null
  /** Whether the actor speaks of themselves. */
  readonly isSelf: boolean
  /** The member is the only Owner of the group. */
  readonly isLastOwner: boolean
  /** The member is the person in whose personal namespace the project is. */
  readonly isNamespaceOwner: boolean
}

/** Null when the membership may be changed so, else why not. A Maintainer of a project never makes or unmakes an Owner. */
export function refuseMembership(facts: MembershipFacts): Refusal | null {
  const { actorRole, from, to } = facts
  const leaves = facts.isSelf && to === null
  if (!leaves && actorRole < (facts.isGroup ? roles.owner : roles.maintainer)) return { code: 'forbidden' }
  if (!leaves && Math.max(from ?? 0, to ?? 0) > actorRole) {
    return { code: 'forbidden', reason: 'Only Owners may change who is an Owner' }
  }
  const loses = from === roles.owner && to !== roles.owner
  if (loses && facts.isNamespaceOwner) {
    return { code: 'forbidden', reason: 'The owner of a personal namespace is an Owner of its projects' }
  }
  if (loses && facts.isGroup && facts.isLastOwner) {
    return { code: 'forbidden', reason: 'The last Owner of a group must stay' }
  }
  return null
}

/** What is wrong with the expiry of a membership or share, YYYY-MM-DD. */
export function expiryErrors(
  expiresAt: string | null,
  today: string,
): Readonly<Record<string, readonly string[]>> | null {
  return expiresAt !== null && expiresAt <= today ? { expires_at: ['cannot be a date in the past'] } : null
}
