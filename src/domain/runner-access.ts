/** Who may see and change a runner (GitLab Runners API, prerequisites; docs, "Runner scope"). */
import { type Actor, roles } from './access.ts'
import type { Refusal } from './refusal.ts'

export interface RunnerStanding {
  readonly type: 'instance_type' | 'group_type' | 'project_type'
  /** The person's role in each project, or in the group, that the runner serves; 0 for none. Empty for an instance runner. */
  readonly roles: readonly number[]
}

const noAccess: Refusal = { code: 'forbidden', reason: 'No access granted' }

/** Everybody who is signed in may see an instance runner; the others, whoever administrates one of the places they serve. */
export function refuseReadingRunner(actor: Actor, runner: RunnerStanding): Refusal | null {
  if (actor.isAdmin || runner.type === 'instance_type') return null
  return runner.roles.some((role) => role >= needed(runner, roles.maintainer)) ? null : noAccess
}

/**
 * Whoever may change a runner decides what runs everywhere it serves, so a right in one of several projects is not enough. Its
 * token is as powerful: it takes jobs with their variables.
 */
export function refuseChangingRunner(actor: Actor, runner: RunnerStanding): Refusal | null {
  if (actor.isAdmin) return null
  if (runner.type === 'instance_type' || runner.roles.length === 0) return noAccess
  return runner.roles.every((role) => role >= needed(runner, roles.owner)) ? null : noAccess
}

/** The jobs of an instance runner are everybody's: administrators alone see the list. */
export function refuseReadingRunnerJobs(actor: Actor, runner: RunnerStanding): Refusal | null {
  return runner.type === 'instance_type' && !actor.isAdmin ? noAccess : refuseReadingRunner(actor, runner)
}

/** Deleting it here would take it away from others. */
export function refuseDeletingRunner(actor: Actor, runner: RunnerStanding): Refusal | null {
  if (!actor.isAdmin && runner.type === 'project_type' && runner.roles.length > 1) {
    return { code: 'forbidden', reason: 'Runner associated with more than one project' }
  }
  return refuseChangingRunner(actor, runner)
}

/** Letting a runner serve one more project; the right in that project is asked separately. */
export function refuseEnablingRunner(
  actor: Actor,
  runner: RunnerStanding & { readonly locked: boolean },
): Refusal | null {
  if (runner.type === 'group_type') return { code: 'forbidden', reason: 'Runner is a group runner' }
  if (runner.type === 'instance_type') return { code: 'forbidden', reason: 'Runner is an instance runner' }
  if (actor.isAdmin) return null
  if (runner.locked) return { code: 'forbidden', reason: 'Runner is locked' }
  return refuseChangingRunner(actor, runner)
}

/** Project runners belong to maintainers, group runners are changed by owners. */
function needed(runner: RunnerStanding, ofGroup: number): number {
  return runner.type === 'project_type' ? roles.maintainer : ofGroup
}
