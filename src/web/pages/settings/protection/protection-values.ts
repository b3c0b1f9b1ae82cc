/** What the form of a protected environment holds, and the request that it becomes. */
import type { RequestOf } from '../../../../contract/operation.ts'
import type { ProtectedEnvironment, projectProtectedEnvironments } from '../../../../contract/protected-environments.ts'

/** A role, a person or a group, that may deploy or approve. */
export interface Subject {
  /** Null: not saved yet. */
  readonly id: number | null
  readonly kind: 'role' | 'user' | 'group'
  /** The access level, or the id of the person or group. */
  readonly value: number
  readonly label: string
  /** Of a group: those who are members of a group above it count too. */
  readonly inherited: boolean
}

export interface Rule extends Subject {
  readonly approvals: number
}

export interface ProtectionValues {
  readonly name: string
  readonly deployers: readonly Subject[]
  /** The two ways to ask for approvals exclude each other. */
  readonly approval: 'none' | 'count' | 'rules'
  readonly count: number
  readonly rules: readonly Rule[]
  readonly start: 'on_approval' | 'manual'
}

export const roleLabels: Readonly<Record<number, string>> = {
  20: 'Reporters and above',
  30: 'Developers + Maintainers',
  40: 'Maintainers',
  60: 'Administrators',
}

export function newValues(name: string): ProtectionValues {
  return { name, deployers: [], approval: 'count', count: 1, rules: [], start: 'on_approval' }
}

export function valuesOf(protection: ProtectedEnvironment): ProtectionValues {
  const { name, required_approval_count: count, approval_rules: rules, start } = protection
  return {
    name,
    deployers: protection.deploy_access_levels.map(subjectOf),
    approval: rules.length > 0 ? 'rules' : count > 0 ? 'count' : 'none',
    count: Math.max(count, 1),
    rules: rules.map((rule) => ({ ...subjectOf(rule), approvals: rule.required_approvals })),
    start,
  }
}

type Element = ProtectedEnvironment['deploy_access_levels'][number]

export function subjectOf(element: Element): Subject {
  const { id, user_id: user, group_id: group, access_level: level } = element
  const [kind, value] =
    user !== null
      ? (['user', user] as const)
      : group !== null
        ? (['group', group] as const)
        : (['role', level ?? 0] as const)
  const label = element.access_level_description ?? (kind === 'role' ? roleLabels[value] : null) ?? `${kind} ${value}`
  return { id, kind, value, label, inherited: element.group_inheritance_type === 1 }
}

export function sameSubject(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && a.value === b.value
}

type Request = RequestOf<typeof projectProtectedEnvironments.create>

/** @param before what is saved now; null for a new one. Nobody is left out silently (`strict`). */
export function requestOf(values: ProtectionValues, before: ProtectedEnvironment | null): Omit<Request, 'id'> {
  const rules = values.approval === 'rules' ? values.rules : []
  return {
    name: values.name,
    deploy_access_levels: [
      ...values.deployers.map(elementOf),
      ...removed(before?.deploy_access_levels ?? [], values.deployers),
    ],
    required_approval_count: values.approval === 'count' ? values.count : 0,
    approval_rules: [
      ...rules.map((rule) => ({ ...elementOf(rule), required_approvals: rule.approvals })),
      ...removed(before?.approval_rules ?? [], rules),
    ],
    start: values.start,
    strict: true,
  }
}

/** What exists is named by its id alone: people who may no longer be named can stay. */
function elementOf({ id, kind, value, inherited }: Subject) {
  const group_inheritance_type = inherited ? 1 : 0
  if (id !== null) return { id, group_inheritance_type }
  if (kind === 'user') return { user_id: value }
  return kind === 'group' ? { group_id: value, group_inheritance_type } : { access_level: value }
}

function removed(before: readonly { readonly id: number }[], kept: readonly Subject[]) {
  return before.filter(({ id }) => !kept.some((each) => each.id === id)).map(({ id }) => ({ id, _destroy: true }))
}

/** What is missing before the server needs to be asked; null when nothing is. */
export function incomplete(values: ProtectionValues): string | null {
  if (values.name.trim() === '') return 'Choose an environment first.'
  if (values.deployers.length === 0) return 'Choose who is allowed to deploy first.'
  if (values.approval === 'rules' && values.rules.length === 0)
    return 'Add an approval rule, or choose another kind of approval.'
  return null
}
