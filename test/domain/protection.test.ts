import { describe, expect, test } from 'vitest'
import {
  type Element,
  type EligibleSubjects,
  nameProblems,
  type Protection,
  type ProtectionRequest,
  planProtection,
} from '../../src/domain/protection.ts'

const eligible: EligibleSubjects = { level: 'project', users: new Set([5, 6]), groups: new Set([8, 9]) }
const tooShort = 'Deploy access levels is too short (minimum is 1 character)'
const both = 'Required approval count cannot be combined with approval rules'

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
const values = (given: Partial<Element>) => {
  const { id: _, description: __, ...rest } = element(0, given)
  return rest
}
const current: Protection = {
  id: 1,
  name: 'production',
  requiredApprovalCount: 0,
  start: 'on_approval',
  deployAccessLevels: [element(10, { accessLevel: 40 }), element(11, { userId: 5 })],
  approvalRules: [element(20, { groupId: 8, requiredApprovals: 2 })],
}
const plan = (before: Protection | null, request: Partial<ProtectionRequest>) =>
  planProtection(before, { strict: false, ...request }, eligible)

describe('a new entry', () => {
  test.each<[string, Partial<ProtectionRequest>, unknown]>([
    [
      'a role',
      { deployAccessLevels: [{ accessLevel: 40 }] },
      { deployAccessLevels: [{ kind: 'added', after: values({ accessLevel: 40 }) }] },
    ],
    [
      'a rule requires one approval of direct members unless it says more',
      { deployAccessLevels: [{ userId: 5 }], approvalRules: [{ groupId: 8 }] },
      { approvalRules: [{ kind: 'added', after: values({ groupId: 8, requiredApprovals: 1 }) }] },
    ],
    [
      'a rule with everything',
      {
        deployAccessLevels: [{ userId: 5 }],
        approvalRules: [{ groupId: 8, groupInheritanceType: 1, requiredApprovals: 5 }],
      },
      {
        approvalRules: [
          { kind: 'added', after: values({ groupId: 8, groupInheritanceType: 1, requiredApprovals: 5 }) },
        ],
      },
    ],
    [
      'a bare count of 0 to 5',
      { deployAccessLevels: [{ groupId: 9 }], requiredApprovalCount: 5, start: 'manual' },
      { requiredApprovalCount: 5, start: 'manual' },
    ],
    [
      'no count is 0',
      { deployAccessLevels: [{ groupId: 9 }], requiredApprovalCount: null },
      { requiredApprovalCount: 0, start: 'on_approval' },
    ],
    [
      'who is not eligible is left out',
      { deployAccessLevels: [{ accessLevel: 30 }, { userId: 7 }, { groupId: 7 }], approvalRules: [{ userId: 7 }] },
      { deployAccessLevels: [{ kind: 'added', after: values({ accessLevel: 30 }) }], approvalRules: [] },
    ],
    [
      'a deletion of something that is not there is nothing',
      { deployAccessLevels: [{ accessLevel: 30 }, { userId: 7, destroy: true }] },
      { deployAccessLevels: [{ kind: 'added', after: values({ accessLevel: 30 }) }] },
    ],
  ])('%s', (_, request, planned) => {
    expect(plan(null, request)).toMatchObject({ ok: true, value: planned })
  })

  const levels = [{ accessLevel: 40 }]
  test.each<[string, Partial<ProtectionRequest>, string[]]>([
    ['nobody', { deployAccessLevels: [] }, [tooShort]],
    ['nobody eligible', { deployAccessLevels: [{ userId: 7 }] }, [tooShort]],
    [
      'two subjects in one',
      { deployAccessLevels: [{ accessLevel: 40, userId: 5 }] },
      ['Deploy access levels base Exactly one of access_level, group_id, user_id must be present'],
    ],
    [
      'no subject',
      { deployAccessLevels: [{}] },
      ['Deploy access levels base Exactly one of access_level, group_id, user_id must be present'],
    ],
    [
      'a rule for two subjects',
      { deployAccessLevels: levels, approvalRules: [{ userId: 5, groupId: 8 }] },
      ['Approval rules base Exactly one of access_level, group_id, user_id must be present'],
    ],
    [
      'a rule that requires nothing',
      { deployAccessLevels: levels, approvalRules: [{ userId: 5, requiredApprovals: 0 }] },
      ['Approval rules required approvals must be greater than or equal to 1'],
    ],
    [
      'a rule that requires too much',
      { deployAccessLevels: levels, approvalRules: [{ userId: 5, requiredApprovals: 6 }] },
      ['Approval rules required approvals must be less than or equal to 5'],
    ],
    [
      'a negative count',
      { deployAccessLevels: levels, requiredApprovalCount: -1 },
      ['Required approval count must be greater than or equal to 0'],
    ],
    [
      'a count above 5',
      { deployAccessLevels: levels, requiredApprovalCount: 6 },
      ['Required approval count must be less than or equal to 5'],
    ],
    [
      'count and rules',
      { deployAccessLevels: levels, requiredApprovalCount: 1, approvalRules: [{ userId: 5 }] },
      [both],
    ],
    [
      'all at once',
      { deployAccessLevels: [], requiredApprovalCount: 9, approvalRules: [{ userId: 5, requiredApprovals: 9 }] },
      [
        tooShort,
        'Required approval count must be less than or equal to 5',
        'Approval rules required approvals must be less than or equal to 5',
        both,
      ],
    ],
  ])('refused: %s', (_, request, sentence) => {
    expect(plan(null, request)).toEqual({ ok: false, error: { code: 'unprocessable', sentence } })
  })

  test('strict names who is not eligible', () => {
    expect(
      plan(null, {
        strict: true,
        deployAccessLevels: [{ accessLevel: 40 }, { userId: 7 }],
        approvalRules: [{ groupId: 77 }],
      }),
    ).toEqual({
      ok: false,
      error: {
        code: 'unprocessable',
        sentence: [
          'User 7 is not eligible: only people with at least the Developer role in the project can be named',
          'Group 77 is not eligible: only groups invited to the project can be named',
        ],
      },
    })
  })
})

describe('a change', () => {
  const changed = (id: number, before: Partial<Element>, after: Partial<Element>) => ({
    kind: 'updated',
    before: expect.objectContaining({ id, ...values(before) }),
    after: values(after),
  })
  test.each<[string, Partial<ProtectionRequest>, unknown]>([
    ['nothing', {}, { deployAccessLevels: [], approvalRules: [], requiredApprovalCount: 0, start: 'on_approval' }],
    ['only start', { start: 'manual' }, { deployAccessLevels: [], approvalRules: [], start: 'manual' }],
    [
      'one more',
      { deployAccessLevels: [{ groupId: 9 }] },
      { deployAccessLevels: [{ kind: 'added', after: values({ groupId: 9 }) }] },
    ],
    [
      'the subject is switched',
      { deployAccessLevels: [{ id: 10, userId: 6 }] },
      { deployAccessLevels: [changed(10, { accessLevel: 40 }, { userId: 6 })] },
    ],
    [
      'the subject is switched with the old one sent as null',
      { deployAccessLevels: [{ id: 11, userId: null, groupId: 9 }] },
      { deployAccessLevels: [changed(11, { userId: 5 }, { groupId: 9 })] },
    ],
    [
      'inheritance alone',
      { approvalRules: [{ id: 20, groupInheritanceType: 1 }] },
      {
        approvalRules: [
          changed(
            20,
            { groupId: 8, requiredApprovals: 2 },
            { groupId: 8, groupInheritanceType: 1, requiredApprovals: 2 },
          ),
        ],
      },
    ],
    [
      'another group keeps the number of approvals',
      { approvalRules: [{ id: 20, groupId: 9 }] },
      { approvalRules: [changed(20, { groupId: 8, requiredApprovals: 2 }, { groupId: 9, requiredApprovals: 2 })] },
    ],
    [
      'the same again is no change',
      { approvalRules: [{ id: 20, groupId: 8, requiredApprovals: 2 }] },
      { approvalRules: [] },
    ],
    [
      'a deletion by id alone',
      { approvalRules: [{ id: 20, destroy: true }] },
      { approvalRules: [{ kind: 'deleted' }] },
    ],
    [
      'somebody who left is deleted',
      { deployAccessLevels: [{ id: 11, userId: 7, destroy: true }] },
      { deployAccessLevels: [{ kind: 'deleted' }] },
    ],
    [
      'a change to somebody not eligible is left out',
      { deployAccessLevels: [{ id: 11, userId: 7 }] },
      { deployAccessLevels: [] },
    ],
    [
      'rules make way for a count',
      { requiredApprovalCount: 2, approvalRules: [{ id: 20, destroy: true }] },
      { requiredApprovalCount: 2, approvalRules: [{ kind: 'deleted' }] },
    ],
  ])('%s', (_, request, planned) => {
    expect(plan(current, request)).toMatchObject({ ok: true, value: planned })
  })

  test.each<[string, Partial<ProtectionRequest>, unknown]>([
    [
      'the last deployer goes',
      {
        deployAccessLevels: [
          { id: 10, destroy: true },
          { id: 11, destroy: true },
        ],
      },
      { code: 'unprocessable', sentence: [tooShort] },
    ],
    ['a count beside rules', { requiredApprovalCount: 1 }, { code: 'unprocessable', sentence: [both] }],
    [
      'the subject is cleared',
      { deployAccessLevels: [{ id: 10, accessLevel: null }] },
      {
        code: 'unprocessable',
        sentence: ['Deploy access levels base Exactly one of access_level, group_id, user_id must be present'],
      },
    ],
    ['T2 an id of another entry', { deployAccessLevels: [{ id: 99, userId: 5 }] }, { code: 'not_found', what: null }],
    [
      'T2 the id of a rule among the deployers',
      { deployAccessLevels: [{ id: 20, destroy: true }] },
      { code: 'not_found', what: null },
    ],
    [
      'T2 a deployer id among the rules',
      { approvalRules: [{ id: 10, destroy: true }] },
      { code: 'not_found', what: null },
    ],
    [
      'an id that was just deleted',
      {
        approvalRules: [
          { id: 20, destroy: true },
          { id: 20, groupId: 9 },
        ],
      },
      { code: 'not_found', what: null },
    ],
  ])('refused: %s', (_, request, error) => {
    expect(plan(current, request)).toEqual({ ok: false, error })
  })

  test('a count beside rules that are being added', () => {
    const counted = { ...current, requiredApprovalCount: 1, approvalRules: [] }
    expect(plan(counted, { approvalRules: [{ userId: 5 }] })).toEqual({
      ok: false,
      error: { code: 'unprocessable', sentence: [both] },
    })
    expect(plan(counted, { requiredApprovalCount: 0, approvalRules: [{ userId: 5 }] })).toMatchObject({ ok: true })
  })
})

test.each<[string, 'project' | 'group', string[]]>([
  ['production', 'project', []],
  ['review/*', 'project', []],
  ['', 'project', ["Name can't be blank"]],
  [' ', 'project', ["Name can't be blank"]],
  ['x'.repeat(256), 'project', ['Name is too long (maximum is 255 characters)']],
  ['staging', 'group', []],
  ['Staging', 'group', ['Name must be one of environment tiers: production, staging, testing, development, other.']],
  [
    '',
    'group',
    ["Name can't be blank", 'Name must be one of environment tiers: production, staging, testing, development, other.'],
  ],
])('name %j of a %s', (name, level, problems) => expect(nameProblems(name, level)).toEqual(problems))
