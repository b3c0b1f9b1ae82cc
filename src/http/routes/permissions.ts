/** What a person may do in a project or group: the same question that every other call asks, for all actions at once. */
import * as contract from '../../contract/permissions.ts'
import {
  type Actor,
  type GroupAction,
  groupActions,
  neededRole,
  type ProjectAction,
  projectActions,
  refuse,
  type Standing,
} from '../../domain/access.ts'
import { roleName } from '../../domain/member-rules.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { ok } from '../../domain/result.ts'
import { implementOpen, type Route } from '../call.ts'
import { groupFor, projectFor } from '../find.ts'
import { type Permitted, permitted } from '../present/permitted.ts'

export const permissionRoutes: Route[] = [
  implementOpen(contract.listProjectPermissions, async (call) => {
    const found = await projectFor(call, 'read_project')
    return found.ok ? ok(answers(call.actor, projectActions, found.value.standing, 'Project')) : found
  }),

  implementOpen(contract.listGroupPermissions, async (call) => {
    const found = await groupFor(call, 'read_group')
    return found.ok ? ok(answers(call.actor, groupActions, found.value.standing, 'Group')) : found
  }),
]

function answers<A extends ProjectAction | GroupAction>(
  actor: Actor | null,
  actions: readonly A[],
  standing: Standing,
  what: 'Project' | 'Group',
): Record<A, Permitted> {
  const found = actions.map(
    (action) => [action, answer(refuse(actor, action, standing, what), actor, action, standing)] as const,
  )
  return Object.fromEntries(found) as Record<A, Permitted>
}

/** A bare 403 gets the reason that the table knows: people ask whom to turn to. */
function answer(
  refusal: Refusal | null,
  actor: Actor | null,
  action: ProjectAction | GroupAction,
  standing: Standing,
): Permitted {
  const bare = refusal?.code === 'forbidden' && refusal.reason === undefined
  if (!bare || actor?.credential.kind === 'job') return permitted(refusal)
  const role = neededRole(action)
  const reason =
    standing.archived && standing.role >= role
      ? 'The project is archived.'
      : `The ${roleName(role)} role is needed for this.`
  return { allowed: false, reason }
}
