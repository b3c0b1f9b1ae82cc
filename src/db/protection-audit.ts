/** Audit entries of protected environments, by GitLab's event names (reference gitlab-deployments.md 3.6, 8.10). */
import type { Element, Protection } from '../domain/protection.ts'
import type { AuditEntry } from './audit.ts'
import type { ProtectionOwner } from './protected-environments.ts'

/** An entry as the record shows it: everything that decides who may deploy and who must approve. */
export function protectionSnapshot(protection: Protection) {
  return {
    required_approval_count: protection.requiredApprovalCount,
    start: protection.start,
    deploy_access_levels: protection.deployAccessLevels.map(elementSnapshot),
    approval_rules: protection.approvalRules.map(elementSnapshot),
  }
}

/** Of an entry that was made (`before` null) or deleted (`after` null). */
export function existenceEntry(
  owner: ProtectionOwner,
  before: Protection | null,
  after: Protection | null,
): AuditEntry[] {
  const protection = after ?? before
  if (!protection) return []
  const verb = after ? 'Protected' : 'Unprotected'
  const message =
    'projectId' in owner
      ? `${verb} an environment: ${protection.name}`
      : `${verb} environments of ${protection.name} tier`
  return [
    entry(owner, protection, after ? 'environment_protected' : 'environment_unprotected', message, {
      before: before && protectionSnapshot(before),
      after: after && protectionSnapshot(after),
    }),
  ]
}

/** One entry per difference between two states of the same protection. */
export function changeEntries(owner: ProtectionOwner, before: Protection, after: Protection): AuditEntry[] {
  return [
    ...settingEntries(owner, before, after),
    ...elementEntries(owner, after, 'deploy_access_level', before.deployAccessLevels, after.deployAccessLevels),
    ...elementEntries(owner, after, 'approval_rule', before.approvalRules, after.approvalRules),
  ]
}

function settingEntries(owner: ProtectionOwner, before: Protection, after: Protection): AuditEntry[] {
  const changed = [
    before.requiredApprovalCount === after.requiredApprovalCount
      ? null
      : `required approvals from ${before.requiredApprovalCount} to ${after.requiredApprovalCount}`,
    before.start === after.start ? null : `start from ${before.start} to ${after.start}`,
  ].filter((part) => part !== null)
  if (changed.length === 0) return []
  const settings = ({ requiredApprovalCount, start }: Protection) => ({
    required_approval_count: requiredApprovalCount,
    start,
  })
  return [
    entry(owner, after, 'protected_environment_updated', `Changed ${changed.join(' and ')}`, {
      before: settings(before),
      after: settings(after),
    }),
  ]
}

function elementEntries(
  owner: ProtectionOwner,
  protection: Protection,
  kind: 'deploy_access_level' | 'approval_rule',
  before: readonly Element[],
  after: readonly Element[],
): AuditEntry[] {
  const what = kind === 'approval_rule' ? 'approval rule' : 'deploy access level'
  const old = new Map(before.map((element) => [element.id, element]))
  const kept = new Set(after.map((element) => element.id))
  const event = (verb: 'added' | 'updated' | 'deleted', from: Element | null, to: Element | null) => {
    const names = [from, to].filter((element) => element !== null).map(elementName)
    return entry(
      owner,
      protection,
      `protected_environment_${kind}_${verb}`,
      `The ${what} was ${verb}: ${names.join(' → ')}`,
      {
        before: from && elementSnapshot(from),
        after: to && elementSnapshot(to),
      },
    )
  }
  return [
    ...before.filter((element) => !kept.has(element.id)).map((element) => event('deleted', element, null)),
    ...after.flatMap((element) => {
      const was = old.get(element.id)
      if (!was) return [event('added', null, element)]
      const same = JSON.stringify(elementSnapshot(was)) === JSON.stringify(elementSnapshot(element))
      return same ? [] : [event('updated', was, element)]
    }),
  ]
}

function entry(
  owner: ProtectionOwner,
  protection: Protection,
  event: string,
  message: string,
  details: Readonly<Record<string, unknown>>,
): AuditEntry {
  return {
    event,
    entity: 'projectId' in owner ? { type: 'Project', id: owner.projectId } : { type: 'Group', id: owner.groupId },
    target: { type: 'ProtectedEnvironment', id: protection.id, details: protection.name },
    details: { custom_message: message, ...details },
  }
}

/** The name is kept because the subject may be renamed or deleted later. */
function elementSnapshot(element: Element) {
  return {
    id: element.id,
    name: element.description,
    access_level: element.accessLevel,
    user_id: element.userId,
    group_id: element.groupId,
    group_inheritance_type: element.groupInheritanceType,
    ...(element.requiredApprovals === null ? {} : { required_approvals: element.requiredApprovals }),
  }
}

function elementName(element: Element): string {
  const subject = element.description ?? `access level ${element.accessLevel ?? ''}`
  return element.requiredApprovals === null ? subject : `${subject}, required approvals ${element.requiredApprovals}`
}
