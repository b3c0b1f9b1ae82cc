/** Removing a group with everything below it. */
import { writeAudit } from '../db/audit.ts'
import { dropStrandedUsers, replaceSubject } from '../db/departed-subjects.ts'
import { deleteNamespaces, lockSubtree } from '../db/namespaces.ts'
import { projectsIn } from '../db/projects.ts'
import { invitationsOf } from '../db/shares.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { removeProject } from './delete-project.ts'

/**
 * Removes a group, its subgroups and all their projects (GitLab Groups API, "Delete group"). Approval rules elsewhere that named
 * one of the groups alone become rules for Maintainers. The caller checks who may.
 */
export async function deleteGroup(app: App, actor: Actor, groupId: number): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const subtree = await lockSubtree(tx, groupId)
    if (subtree.length === 0) return err({ code: 'not_found', what: 'Group' })
    const author = authorOf(actor)
    const ids = subtree.map((group) => group.id)
    for (const project of await projectsIn(tx, ids)) await removeProject(app, tx, project, author)
    const invitations = await invitationsOf(tx, ids)
    await writeAudit(tx, await replaceSubject(tx, { groupId }), author)
    const entries = subtree.map(
      (group) =>
        ({
          event: 'group_destroyed',
          entity: { type: 'Group', id: group.id },
          target: { type: 'Group', id: group.id, details: group.full_path },
          details: { remove: 'group', custom_message: 'Group destroyed' },
        }) as const,
    )
    await writeAudit(tx, entries, author)
    await deleteNamespaces(tx, ids)
    // Whoever had access elsewhere only through one of these groups has none now.
    for (const scope of invitations) await writeAudit(tx, await dropStrandedUsers(tx, scope), author)
    return ok(undefined)
  })
}
