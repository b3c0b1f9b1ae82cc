/** Blocking and deactivating people, and letting them in again. */
import { writeAudit } from '../db/audit.ts'
import type { Tx } from '../db/open.ts'
import { deactivateSchedulesOf } from '../db/pipeline-schedules.ts'
import { endSessions } from '../db/sessions.ts'
import { inTransaction } from '../db/transaction.ts'
import { hasOtherAdministrator, lockUser, type User, updateUser } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { scheduleEntry } from './schedule-audit.ts'
import { lastAdministrator } from './update-user.ts'

export type UserStateChange = 'block' | 'unblock' | 'activate' | 'deactivate'

const outcome = {
  block: { to: 'blocked', event: 'user_blocked', message: 'Blocked user' },
  unblock: { to: 'active', event: 'unblock_user', message: 'Unblocked user' },
  activate: { to: 'active', event: 'user_activate', message: 'Activated user' },
  deactivate: { to: 'deactivated', event: 'user_deactivate', message: 'Deactivated user' },
} as const

/** Changes a user's state (GitLab Users API); only for administrators, which the caller checks. Twice is once. */
export async function changeUserState(
  app: App,
  actor: Actor,
  userId: number,
  change: UserStateChange,
): Promise<Result<boolean, Refusal>> {
  return inTransaction(app.db, (tx) => move(tx, actor, userId, change))
}

async function move(tx: Tx, actor: Actor, userId: number, change: UserStateChange): Promise<Result<boolean, Refusal>> {
  const { to, event, message } = outcome[change]
  const replaceable = to === 'active' || (await hasOtherAdministrator(tx, userId))
  const user = await lockUser(tx, userId)
  if (!user) return err({ code: 'not_found', what: 'User' })
  const refusal = refuseStateChange(user, actor, change, replaceable)
  if (refusal) return err(refusal)
  if (user.state === to) return ok(true)
  await updateUser(tx, userId, { state: to })
  if (to !== 'active') await endSessions(tx, userId)
  const entry = {
    event,
    entity: { type: 'User', id: userId },
    target: { type: 'User', id: userId, details: user.name },
    details: { custom_message: message, change: 'state', from: user.state, to },
  } as const
  const stopped = to === 'blocked' ? await deactivateSchedulesOf(tx, userId) : []
  const entries = stopped.map((schedule) =>
    scheduleEntry('deactivated', schedule, { after: schedule, reason: 'Its owner was blocked' }),
  )
  await writeAudit(tx, [entry, ...entries], authorOf(actor))
  return ok(true)
}

/** @param replaceable there is another active administrator */
export function refuseStateChange(
  user: User,
  actor: Actor,
  change: UserStateChange,
  replaceable: boolean,
): Refusal | null {
  const reason = refusedBecause(user, actor, change)
  if (reason) return { code: 'forbidden', reason }
  const { to } = outcome[change]
  return to !== 'active' && user.is_admin && user.state === 'active' && !replaceable ? lastAdministrator : null
}

/** GitLab's reasons, in its words. */
function refusedBecause(user: User, actor: Actor, change: UserStateChange): string | null {
  switch (change) {
    case 'block':
      return user.id === actor.userId ? 'The API initiating user cannot be blocked by the API' : null
    case 'unblock':
      return user.state === 'deactivated' ? 'Deactivated users cannot be unblocked by the API' : null
    case 'activate':
      return user.state === 'blocked' ? 'A blocked user must be unblocked to be activated' : null
    case 'deactivate':
      if (user.state === 'blocked') return 'A blocked user must be unblocked to be deactivated'
      return user.user_type === 'human' ? null : 'Internal users cannot be deactivated'
  }
}
