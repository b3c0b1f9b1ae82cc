/** Who may do something to one pipeline schedule: a person's role, and whether the schedule is theirs (GitLab docs, Scheduled pipelines). */
import { type Actor, refuse, type Standing } from './access.ts'
import type { Refusal } from './refusal.ts'

/** `administer`: delete it, take it over, read and delete its variables. `update` sets what runs in the owner's name. */
export type ScheduleAction = 'update' | 'administer' | 'play'

/**
 * Null for yes. What runs in somebody's name is changed by nobody else, maintainers included: they take it over first. An
 * administrator is let in, as by GitLab.
 */
export function refuseScheduleAction(
  actor: Actor,
  action: ScheduleAction,
  standing: Standing,
  ownerId: number | null,
): Refusal | null {
  const isOwner = ownerId === actor.userId
  switch (action) {
    case 'play':
      return refuse(actor, 'create_pipeline', standing, 'Project')
    case 'administer':
      return refuse(actor, isOwner ? 'update_job' : 'admin_schedules', standing, 'Project')
    case 'update': {
      const refusal = refuse(actor, 'update_job', standing, 'Project')
      if (refusal) return refusal
      return isOwner || actor.isAdmin ? null : { code: 'forbidden' }
    }
  }
}
