import { expect, test } from 'vitest'
import type { Element, Protection } from '../../src/domain/protection.ts'
import { type ProtectionReach, protectionWarnings } from '../../src/domain/protection-warnings.ts'

const element = (id: number, values: Partial<Element>): Element => ({
  id,
  accessLevel: null,
  userId: null,
  groupId: null,
  groupInheritanceType: 0,
  requiredApprovals: null,
  description: null,
  ...values,
})
const base: Protection = {
  id: 1,
  name: 'production',
  requiredApprovalCount: 0,
  start: 'on_approval',
  deployAccessLevels: [element(10, { accessLevel: 40, description: 'Maintainers' })],
  approvalRules: [],
}
const rule = (requiredApprovals: number): Partial<Protection> => ({
  approvalRules: [element(20, { groupId: 8, description: 'qa', requiredApprovals })],
})
const reach = (deployers: number, approvers: number): ProtectionReach => ({
  deployers,
  approvers: new Map([[20, approvers]]),
})

test.each<[string, Partial<Protection>, ProtectionReach, boolean | null, RegExp[]]>([
  ['enough people', rule(1), reach(1, 2), false, []],
  [
    'T32 fewer people than approvals',
    rule(2),
    reach(1, 1),
    false,
    [/^The approval rule for qa cannot be met: it requires 2, and only 1 person/],
  ],
  ['T32 nobody', rule(1), reach(1, 0), false, [/requires 1, and nobody can approve/]],
  [
    'T32 a rule that names nobody at all',
    rule(1),
    { deployers: 1, approvers: new Map() },
    false,
    [/requires 1, and nobody can approve/],
  ],
  [
    'T32 exactly enough, but one of them may be the creator',
    rule(2),
    reach(1, 2),
    false,
    [/cannot be met for a deployment created by one of its approvers: it requires 2, and only 2 people/],
  ],
  ['exactly enough, and creators may approve', rule(2), reach(1, 2), true, []],
  ['T32 even then, fewer is too few', rule(3), reach(1, 2), true, [/requires 3, and only 2 people/]],
  [
    'T32 a group entry depends on the project',
    rule(2),
    reach(1, 2),
    null,
    [/unless its project lets creators approve/],
  ],
  [
    'T32 a bare count is met by deployers',
    { requiredApprovalCount: 3 },
    reach(2, 0),
    false,
    [/^The required approval count cannot be met: it requires 3, and only 2 people/],
  ],
  ['T27 nobody may deploy', rule(1), reach(0, 2), false, [/^Nobody but an administrator can deploy/]],
  ['T27 nothing is required', {}, reach(2, 0), false, [/^No approval is required/]],
  [
    'T8 a name that no environment can have',
    { name: 'review/*', ...rule(1) },
    reach(1, 2),
    false,
    [/^No environment can have this name/],
  ],
  [
    'a rule for somebody without a label',
    { approvalRules: [element(20, { accessLevel: 20, requiredApprovals: 2 })] },
    reach(1, 0),
    false,
    [/for access level 20 cannot be met/],
  ],
])('%s', (_, change, people, selfApproval, expected) => {
  const warnings = protectionWarnings({ ...base, ...change }, people, selfApproval)
  expect(warnings).toEqual(expected.map((pattern) => expect.stringMatching(pattern)))
})
