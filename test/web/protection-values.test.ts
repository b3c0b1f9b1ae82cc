/** The form of a protected environment sends exactly the changes that were made in it. */
import { expect, test } from 'vitest'
import type { ProtectedEnvironment } from '../../src/contract/protected-environments.ts'
import {
  incomplete,
  newValues,
  type ProtectionValues,
  requestOf,
  type Subject,
  valuesOf,
} from '../../src/web/pages/settings/protection/protection-values.ts'

const element = { access_level: null, user_id: null, group_id: null, group_inheritance_type: 0 }
const saved: ProtectedEnvironment = {
  name: 'production',
  deploy_access_levels: [
    { ...element, id: 1, access_level: 40, access_level_description: 'Maintainers' },
    { ...element, id: 2, user_id: 7, access_level_description: 'Ada' },
  ],
  required_approval_count: 0,
  approval_rules: [
    {
      ...element,
      id: 3,
      group_id: 9,
      access_level_description: 'Quality',
      group_inheritance_type: 1,
      required_approvals: 2,
    },
  ],
  start: 'manual',
  warnings: [],
}
const group: Subject = { id: null, kind: 'group', value: 5, label: 'Operators', inherited: true }
const role: Subject = { id: null, kind: 'role', value: 30, label: 'Developers + Maintainers', inherited: false }
const person: Subject = { id: null, kind: 'user', value: 8, label: 'Lena', inherited: false }

const kept = [
  { id: 1, group_inheritance_type: 0 },
  { id: 2, group_inheritance_type: 0 },
]
const keptRule = { id: 3, group_inheritance_type: 1, required_approvals: 2 }

test('a new one names its subjects and how many approve', () => {
  const values: ProtectionValues = { ...newValues('production'), deployers: [group, role, person], count: 2 }
  expect(requestOf(values, null)).toEqual({
    name: 'production',
    deploy_access_levels: [{ group_id: 5, group_inheritance_type: 1 }, { access_level: 30 }, { user_id: 8 }],
    required_approval_count: 2,
    approval_rules: [],
    start: 'on_approval',
    strict: true,
  })
})

test('without a change, what exists is only named', () => {
  expect(requestOf(valuesOf(saved), saved)).toMatchObject({
    deploy_access_levels: kept,
    required_approval_count: 0,
    approval_rules: [keptRule],
    start: 'manual',
  })
})

test('what was taken out is deleted by its id, what was put in has none', () => {
  const before = valuesOf(saved)
  const values = {
    ...before,
    deployers: [...before.deployers.slice(0, 1), person],
    rules: [...before.rules, { ...group, approvals: 3 }],
  }
  expect(requestOf(values, saved)).toMatchObject({
    deploy_access_levels: [kept[0], { user_id: 8 }, { id: 2, _destroy: true }],
    approval_rules: [keptRule, { group_id: 5, group_inheritance_type: 1, required_approvals: 3 }],
  })
})

test.each([
  ['count', 4],
  ['none', 0],
] as const)('rules make room for %s', (approval, count) => {
  expect(requestOf({ ...valuesOf(saved), approval, count: 4 }, saved)).toMatchObject({
    required_approval_count: count,
    approval_rules: [{ id: 3, _destroy: true }],
  })
})

test('a count makes room for rules', () => {
  const counted = { ...saved, approval_rules: [], required_approval_count: 2 }
  const before = valuesOf(counted)
  expect([before.approval, before.count]).toEqual(['count', 2])
  const values: ProtectionValues = { ...before, approval: 'rules', rules: [{ ...role, approvals: 1 }] }
  expect(requestOf(values, counted)).toMatchObject({
    required_approval_count: 0,
    approval_rules: [{ access_level: 30, required_approvals: 1 }],
  })
})

test('what is missing is said before the server has to', () => {
  const whole = valuesOf(saved)
  expect(incomplete(whole)).toBeNull()
  expect(incomplete({ ...whole, name: ' ' })).toBe('Choose an environment first.')
  expect(incomplete({ ...whole, deployers: [] })).toBe('Choose who is allowed to deploy first.')
  expect(incomplete({ ...whole, rules: [] })).toContain('Add an approval rule')
})
