/** Inviting groups into projects and groups, and taking them out again. */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import { dropGroup, dropStrandedUsers } from '../db/departed-subjects.ts'
import { findGroup } from '../db/groups.ts'
import { type MemberSource, roleAt } from '../db/members.ts'
import type { Namespace } from '../db/namespaces.ts'
import {
  deleteGroupShare,
  deleteProjectShare,
  insertGroupShare,
  insertProjectShare,
  isAround,
  type NewShare,
} from '../db/shares.ts'
import { inTransaction } from '../db/transaction.ts'
import { refuseTaken } from '../db/unique.ts'
import { type Actor, refuse } from '../domain/access.ts'
import { expiryErrors, roleName } from '../domain/member-rules.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { todayOf } from './issue-access-token.ts'

const alreadyShared = (sentence: string): Refusal => ({ code: 'conflict', sentence })

/** What the database says of a second share with the same group. */
const takenShares = {
  project_group_links_project_id_group_id_key: alreadyShared('Group already shared with this group'),
  group_group_links_shared_group_id_shared_with_group_id_key: alreadyShared(
    'The group has already been shared with this group',
  ),
}

/**
 * Invites a group that the actor can see (GitLab Projects API, "Share a project with a group", and Groups API). Nobody gives more
 * than they have. The caller checks that the actor may change members there.
 * @returns the id of the share
 */
export async function shareWithGroup(
  app: App,
  actor: Actor,
  target: MemberSource,
  share: NewShare,
): Promise<Result<number, Refusal>> {
  const work = inTransaction(app.db, async (tx): Promise<Result<number, Refusal>> => {
    const invited = await findGroup(tx, share.groupId, actor)
    if (!invited) return err({ code: 'not_found', what: 'Group' })
    const unseen = refuse(actor, 'read_group', invited.standing, 'Group')
    if (unseen) return err(unseen)
    const role = actor.isAdmin ? share.accessLevel : await roleAt(tx, actor.userId, target)
    if (share.accessLevel > role) return err({ code: 'forbidden', reason: 'Only Owners may invite Owners' })
    const errors = expiryErrors(share.expiresAt, todayOf(app))
    if (errors) return err({ code: 'invalid', errors })
    if (await isAround(tx, share.groupId, target)) {
      const what = 'projectId' in target ? 'Project' : 'Group'
      return err(alreadyShared(`${what} cannot be shared with the group it is in or one of its ancestors.`))
    }
    const { id } =
      'projectId' in target
        ? await insertProjectShare(tx, target.projectId, share)
        : await insertGroupShare(tx, target.groupId, share)
    const details = { add: 'group_access', as: roleName(share.accessLevel), expires_at: share.expiresAt }
    await writeAudit(tx, [auditEntry(target, 'created', invited.group, details)], authorOf(actor))
    return ok(id)
  })
  return refuseTaken(work, takenShares)
}

/** Takes a group out again, with what protected environments name it or its people for. */
export async function unshareWithGroup(
  app: App,
  actor: Actor,
  target: MemberSource,
  groupId: number,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const removed =
      'projectId' in target
        ? await deleteProjectShare(tx, target.projectId, groupId)
        : await deleteGroupShare(tx, target.groupId, groupId)
    const group = removed && (await findGroup(tx, groupId, actor))?.group
    if (!group) return err({ code: 'not_found', what: 'Group Link' })
    const entries = [
      auditEntry(target, 'projectId' in target ? 'deleted' : 'removed', group, { remove: 'group_access' }),
      ...(await dropGroup(tx, groupId, target)),
      ...(await dropStrandedUsers(tx, target)),
    ]
    await writeAudit(tx, entries, authorOf(actor))
    return ok(undefined)
  })
}

/** GitLab's names: project_group_link_created, group_share_with_group_link_removed. */
export function auditEntry(
  target: MemberSource,
  what: 'created' | 'deleted' | 'removed',
  group: Pick<Namespace, 'id' | 'full_path'>,
  details: Readonly<Record<string, unknown>>,
): AuditEntry {
  return {
    event: `${'projectId' in target ? 'project_group_link' : 'group_share_with_group_link'}_${what}`,
    entity: 'projectId' in target ? { type: 'Project', id: target.projectId } : { type: 'Group', id: target.groupId },
    target: { type: 'Group', id: group.id, details: group.full_path },
    details,
  }
}
