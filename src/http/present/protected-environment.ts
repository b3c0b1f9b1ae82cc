/** Protected environments as the API shows them (GitLab API entities ProtectedEnvironment, ApprovalRule). */
import type { ProtectedEnvironment } from '../../contract/protected-environments.ts'
import type { Element, Protection } from '../../domain/protection.ts'

export function presentProtectedEnvironment(protection: Protection, warnings: readonly string[]): ProtectedEnvironment {
  return {
    name: protection.name,
    deploy_access_levels: protection.deployAccessLevels.map(presentElement),
    required_approval_count: protection.requiredApprovalCount,
    approval_rules: protection.approvalRules.map((rule) => ({
      ...presentElement(rule),
      required_approvals: rule.requiredApprovals ?? 1,
    })),
    start: protection.start,
    warnings: [...warnings],
  }
}

function presentElement(element: Element) {
  return {
    id: element.id,
    access_level: element.accessLevel,
    access_level_description: element.description,
    user_id: element.userId,
    group_id: element.groupId,
    group_inheritance_type: element.groupInheritanceType,
  }
}
