/** Memberships and shares that are over: they count for nothing from their day on, and are cleared away here. */
import { type AuditEntry, systemAuthor, writeAudit } from '../db/audit.ts'
import { dropGroup, dropStrandedUsers } from '../db/departed-subjects.ts'
import { type ExpiredAccess, expiredAccess, takeExpired } from '../db/expired.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { auditEntry as memberEntry } from './change-members.ts'
import { auditEntry as shareEntry } from './change-shares.ts'
import type { App } from './context.ts'

/**
 * Removes expired memberships, and expired shares of projects and groups, with what protected environments named their people and
 * groups for (reference 3.6), each in its own transaction. Safe on several servers at once.
 */
export async function removeExpired(app: App): Promise<void> {
  for (const access of await expiredAccess(app.db)) {
    await inTransaction(app.db, async (tx) => writeAudit(tx, await remove(tx, access), systemAuthor))
  }
}

async function remove(tx: Tx, access: ExpiredAccess): Promise<AuditEntry[]> {
  const removed = await takeExpired(tx, access)
  // Another server was quicker, or somebody gave it more time.
  if (!removed) return []
  switch (removed.kind) {
    case 'member': {
      const { member, user } = removed
      const details = { remove: 'user_access', reason: `access expired on: ${member.expires_at}` }
      return [
        memberEntry('member_destroyed', member, user, details),
        ...(await dropStrandedUsers(tx, { userId: user.id })),
      ]
    }
    case 'share': {
      const { target, group, expiresAt } = removed
      const details = { remove: 'group_access', reason: `access expired on: ${expiresAt}` }
      return [
        shareEntry(target, 'projectId' in target ? 'deleted' : 'removed', group, details),
        ...(await dropGroup(tx, group.id, target)),
        ...(await dropStrandedUsers(tx, target)),
      ]
    }
  }
}
