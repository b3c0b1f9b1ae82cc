/** Where the audit rows of a runner belong: the instance, its group, or each of its projects. */
import type { AuditEntry } from '../db/audit.ts'
import type { RegistrationOwner } from '../db/registration-tokens.ts'
import type { Runner } from '../db/runners.ts'

export type Scope = AuditEntry['entity']

export function runnerScope(owner: RegistrationOwner): Scope {
  switch (owner.type) {
    case 'instance_type':
      return { type: 'Instance', id: null }
    case 'group_type':
      return { type: 'Group', id: owner.id }
    case 'project_type':
      return { type: 'Project', id: owner.id }
  }
}

/** The scopes of a stored runner; a project runner without projects belongs to the instance. */
export function runnerScopes(type: Runner['runner_type'], ownerIds: readonly number[]): readonly Scope[] {
  if (type === 'instance_type' || ownerIds.length === 0) return [{ type: 'Instance', id: null }]
  return ownerIds.map((id) => runnerScope({ type, id }))
}
