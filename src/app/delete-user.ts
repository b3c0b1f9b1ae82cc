/** Removing a user for good. */
import { writeAudit } from '../db/audit.ts'
import { replaceSubject } from '../db/departed-subjects.ts'
import { solelyOwnedGroups } from '../db/members.ts'
import type { Db, Tx } from '../db/open.ts'
import { personalProjects } from '../db/projects.ts'
import { inTransaction } from '../db/transaction.ts'
import { hasOtherAdministrator, hasVoted, lockUser, removeUser, type User } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { rootUserId } from './bootstrap.ts'
import { type App, authorOf } from './context.ts'
import { removeProject } from './delete-project.ts'
import { lastAdministrator } from './update-user.ts'

const conflict = (sentence: string): Refusal => ({ code: 'conflict', sentence })

/**
 * Removes a user with their personal projects, tokens and memberships (GitLab Users API, "Delete a user"); only for
 * administrators, which the caller checks. Approval rules that named them alone become rules for Maintainers. A user whose votes
 * are on record stays: their name belongs to what was decided.
 */
export async function deleteUser(app: App, actor: Actor, userId: number): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, (tx) => remove(app, tx, actor, userId))
}

/** @param replaceable there is another active administrator */
export async function refuseRemoval(db: Db, user: User, replaceable: boolean): Promise<Refusal | null> {
  if (user.id === rootUserId) return conflict('The first administrator cannot be removed')
  if (user.is_admin && user.state === 'active' && !replaceable) return lastAdministrator
  if ((await solelyOwnedGroups(db, user.id)).length > 0) {
    return conflict('User cannot be removed while is the sole-owner of a group')
  }
  if (await hasVoted(db, user.id)) {
    return conflict('User cannot be removed while approvals of deployments bear their name. Block the user instead')
  }
  return null
}

async function remove(app: App, tx: Tx, actor: Actor, userId: number): Promise<Result<void, Refusal>> {
  const replaceable = await hasOtherAdministrator(tx, userId)
  const user = await lockUser(tx, userId)
  if (!user) return err({ code: 'not_found', what: 'User' })
  const refusal = await refuseRemoval(tx, user, replaceable)
  if (refusal) return err(refusal)
  const author = authorOf(actor)
  for (const project of await personalProjects(tx, userId)) await removeProject(app, tx, project, author)
  await writeAudit(tx, await replaceSubject(tx, { userId }), author)
  const entry = {
    event: 'user_destroyed',
    entity: { type: 'User', id: userId },
    target: { type: 'User', id: userId, details: user.name },
    details: { remove: 'user', username: user.username, email: user.email },
  } as const
  await writeAudit(tx, [entry], author)
  await removeUser(tx, userId)
  return ok(undefined)
}
