/**
 * What is odd about a protected environment although it is allowed: approvals that nobody can give, entries that let nobody in,
 * names that protect nothing (threats T27, T32). Shown when it is saved and whenever it is read; nothing is refused for it.
 */
import { environmentNameRefusal } from './environment.ts'
import type { Element, Protection } from './protection.ts'

/**
 * How many active people an entry names now, exact up to one more than it can require. Administrators fit everything and are
 * counted only where they are named.
 */
export interface ProtectionReach {
  readonly deployers: number
  /** By approval rule id; a rule that names nobody may be absent. */
  readonly approvers: ReadonlyMap<number, number>
}

/**
 * @param selfApproval a deployment's creator may approve it (project setting); null when a group owns the entry: it depends on
 * the project
 */
export function protectionWarnings(
  protection: Protection,
  reach: ProtectionReach,
  selfApproval: boolean | null,
): string[] {
  const requirements = protection.approvalRules.map((rule) => ({
    what: `The approval rule for ${subjectName(rule)}`,
    required: rule.requiredApprovals ?? 0,
    people: reach.approvers.get(rule.id) ?? 0,
  }))
  if (protection.requiredApprovalCount > 0) {
    const required = protection.requiredApprovalCount
    requirements.push({ what: 'The required approval count', required, people: reach.deployers })
  }
  return [
    ...(selfApproval !== null && environmentNameRefusal(protection.name) !== null
      ? ['No environment can have this name, so nothing is protected by it. Names are exact: there are no wildcards.']
      : []),
    ...(reach.deployers === 0
      ? ['Nobody but an administrator can deploy: the deploy access levels name no active person.']
      : []),
    ...(requirements.length === 0 ? ['No approval is required: whoever can deploy starts deployments at once.'] : []),
    ...requirements.flatMap((one) => requirementWarning(one, selfApproval)),
  ]
}

function requirementWarning(
  { what, required, people }: { what: string; required: number; people: number },
  selfApproval: boolean | null,
): string[] {
  const who = people === 0 ? 'nobody' : people === 1 ? 'only 1 person' : `only ${people} people`
  if (people < required)
    return [`${what} cannot be met: it requires ${required}, and ${who} can approve now (administrators aside).`]
  if (people > required || selfApproval === true) return []
  const where = selfApproval === null ? ', unless its project lets creators approve' : ''
  return [
    `${what} cannot be met for a deployment created by one of its approvers${where}: it requires ${required}, and ${who} can approve now.`,
  ]
}

function subjectName(element: Element): string {
  if (element.description !== null) return element.description
  if (element.userId !== null) return `user ${element.userId}`
  return element.groupId === null ? `access level ${element.accessLevel ?? ''}` : `group ${element.groupId}`
}
