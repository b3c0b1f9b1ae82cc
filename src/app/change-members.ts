/** Adding, changing and removing members of groups and projects. */
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import { dropStrandedUsers } from '../db/departed-subjects.ts'
import {
  deleteMembers,
  hasOtherOwner,
  inheritedMembership,
  insertMember,
  lockMember,
  lockMemberships,
  type Member,
  type MemberSource,
  membershipsBelow,
  roleAt,
  updateMember,
} from '../db/members.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { shareUser, type User } from '../db/users.ts'
import { type Actor, roles } from '../domain/access.ts'
import { expiryErrors, refuseMembership, roleName } from '../domain/member-rules.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type App, authorOf } from './context.ts'
import { todayOf } from './issue-access-token.ts'

export interface MembershipRequest {
  readonly userId: number
  readonly accessLevel: number
  /** The first day without access, YYYY-MM-DD; null: for good. */
  readonly expiresAt: string | null
}

/** Adds a member (GitLab Members API, "Add a member"). */
export async function addMember(
  app: App,
  actor: Actor,
  source: MemberSource,
  request: MembershipRequest,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const found = await prepare(tx, actor, source, request.userId, request.accessLevel)
    if (!found.ok) return found
    const { user, member } = found.value
    const today = todayOf(app)
    const expired = member !== null && member.expires_at !== null && member.expires_at <= today
    if (member && !expired) return err({ code: 'conflict', sentence: 'Member already exists' })
    if (user.user_type !== 'human') {
      const problem = 'project bots cannot be added to other groups / projects'
      return err({ code: 'invalid', errors: { user: [problem] } })
    }
    const errors = (await levelErrors(tx, source, request)) ?? expiryErrors(request.expiresAt, today)
    if (errors) return err({ code: 'invalid', errors })
    if (member) await deleteMembers(tx, [member.id])
    const added = await insertMember(tx, { ...request, source, createdById: actor.userId })
    const details = { add: 'user_access', as: roleName(added.access_level), expires_at: added.expires_at }
    await writeAudit(tx, [auditEntry('member_created', added, user, details)], authorOf(actor))
    return ok(undefined)
  })
}

/**
 * Changes the role of a member (GitLab Members API, "Edit a member").
 * @param request `expiresAt` undefined leaves the expiry as it is
 */
export async function changeMember(
  app: App,
  actor: Actor,
  source: MemberSource,
  request: Omit<MembershipRequest, 'expiresAt'> & { readonly expiresAt: string | null | undefined },
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const found = await prepare(tx, actor, source, request.userId, request.accessLevel)
    if (!found.ok) return found
    const { user, member } = found.value
    if (!member) return err({ code: 'not_found', what: null })
    const { accessLevel, expiresAt = member.expires_at } = request
    const errors =
      (await levelErrors(tx, source, request)) ??
      (request.expiresAt === undefined ? null : expiryErrors(expiresAt, todayOf(app)))
    if (errors) return err({ code: 'invalid', errors })
    if (accessLevel === member.access_level && expiresAt === member.expires_at) return ok(undefined)
    await updateMember(tx, member.id, { accessLevel, expiresAt })
    const details = {
      change: 'access_level',
      from: roleName(member.access_level),
      to: roleName(accessLevel),
      expiry_from: member.expires_at,
      expiry_to: expiresAt,
    }
    await writeAudit(tx, [auditEntry('member_updated', member, user, details)], authorOf(actor))
    return ok(undefined)
  })
}

/**
 * Removes a member, who may be the caller (GitLab Members API, "Remove a member"), and what protected environments name them for
 * where they have no role any more.
 * @param below also the direct memberships in what is below a group
 */
export async function removeMember(
  app: App,
  actor: Actor,
  source: MemberSource,
  userId: number,
  below: boolean,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const found = await prepare(tx, actor, source, userId, null)
    if (!found.ok) return found
    const { user, member } = found.value
    if (!member) return err({ code: 'not_found', what: null })
    const others = below && 'groupId' in source ? await membershipsBelow(tx, source.groupId, userId) : []
    const removed = [member, ...others]
    const ids = removed.map(({ id }) => id)
    await deleteMembers(tx, ids)
    const entries = removed.map((gone) => auditEntry('member_destroyed', gone, user, { remove: 'user_access' }))
    await writeAudit(tx, [...entries, ...(await dropStrandedUsers(tx, { userId }))], authorOf(actor))
    return ok(undefined)
  })
}

/** Locks what decides, and refuses what the actor may not do. */
async function prepare(
  tx: Tx,
  actor: Actor,
  source: MemberSource,
  userId: number,
  to: number | null,
): Promise<Result<{ readonly user: User; readonly member: Member | null }, Refusal>> {
  const place = await lockMemberships(tx, source)
  if (!place) return err({ code: 'not_found', what: 'groupId' in source ? 'Group' : 'Project' })
  const member = await lockMember(tx, source, userId)
  const isGroup = 'groupId' in source
  const refusal = refuseMembership({
    actorRole: actor.isAdmin ? roles.owner : await roleAt(tx, actor.userId, source),
    isGroup,
    from: member?.access_level ?? null,
    to,
    isSelf: userId === actor.userId,
    isLastOwner: isGroup && !(await hasOtherOwner(tx, source.groupId, userId)),
    isNamespaceOwner: place.ownerId === userId,
  })
  if (refusal) return err(refusal)
  const user = await shareUser(tx, userId)
  return user ? ok({ user, member }) : err({ code: 'not_found', what: 'User' })
}

/** A direct role below an inherited one would have no effect, so GitLab refuses it. */
async function levelErrors(
  tx: Tx,
  source: MemberSource,
  { userId, accessLevel }: { userId: number; accessLevel: number },
) {
  const inherited = await inheritedMembership(tx, userId, source)
  if (!inherited || accessLevel >= inherited.level) return null
  const role = roleName(inherited.level)
  return {
    access_level: [`should be greater than or equal to ${role} inherited membership from group ${inherited.group}`],
  }
}

/** The audit row of one membership, filed under its group or project. */
export function auditEntry(
  event: string,
  member: Member,
  user: { readonly id: number; readonly name: string },
  details: Readonly<Record<string, unknown>>,
): AuditEntry {
  const groupId = member.namespace_id
  return {
    event,
    entity: groupId === null ? { type: 'Project', id: member.project_id ?? 0 } : { type: 'Group', id: groupId },
    target: { type: 'User', id: user.id, details: user.name },
    details: { ...details, member_id: member.id },
  }
}
