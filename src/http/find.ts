/** The first lines of most handlers: find the project (or group) and ask whether this caller may do this there. */

import type { App } from '../app/context.ts'
import { findGroup, type GroupWithStanding } from '../db/groups.ts'
import { findProject, type Project } from '../db/projects.ts'
import { type Actor, type GroupAction, type ProjectAction, refuse, type Standing } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'

export interface FoundProject {
  readonly project: Project
  readonly standing: Standing
}

/** The project of `:id` if the caller may do `action` there; else 404, 401 or 403. */
export async function projectFor(
  call: { readonly app: App; readonly actor: Actor | null; readonly input: { readonly id: string } },
  action: ProjectAction,
): Promise<Result<FoundProject, Refusal>> {
  const found = await findProject(call.app.db, call.input.id, call.actor)
  if (!found) return err({ code: 'not_found', what: 'Project' })
  const refusal = refuse(call.actor, action, found.standing, 'Project')
  return refusal ? err(refusal) : ok(found)
}

/** The group of `:id` if the caller may do `action` there; else 404, 401 or 403. */
export async function groupFor(
  call: { readonly app: App; readonly actor: Actor | null; readonly input: { readonly id: string } },
  action: GroupAction,
): Promise<Result<GroupWithStanding, Refusal>> {
  const found = await findGroup(call.app.db, call.input.id, call.actor)
  if (!found) return err({ code: 'not_found', what: 'Group' })
  const refusal = refuse(call.actor, action, found.standing, 'Group')
  return refusal ? err(refusal) : ok(found)
}

/** Null for administrators, 403 for everybody else. */
export function forAdministrators(actor: Actor): Refusal | null {
  return actor.isAdmin ? null : { code: 'forbidden' }
}
