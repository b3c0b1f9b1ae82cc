/** Rotating and revoking access tokens. */
import {
  type AccessToken,
  insertAccessToken,
  lockAccessToken,
  ownerOf,
  revokeFamily,
  revokeToken,
} from '../db/access-tokens.ts'
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import { digestOf, newToken } from '../db/digest.ts'
import { deleteMembershipsOf, roleAt, setMembershipExpiry } from '../db/members.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { updateUser } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { rotatedExpiry } from '../domain/token-rules.ts'
import { type App, authorOf } from './context.ts'
import { type IssuedToken, isBot, todayOf } from './issue-access-token.ts'

/**
 * Replaces a token by a new one with the same name and scopes (GitLab Personal Access Tokens API, "Rotate"). Whoever rotates a
 * token that is revoked already shows that it has been copied: then the tokens that came from it are revoked, too.
 * @param expiresAt YYYY-MM-DD; null: a week
 */
export async function rotateAccessToken(
  app: App,
  actor: Actor,
  tokenId: number,
  expiresAt: string | null,
): Promise<Result<IssuedToken, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const old = await lockAccessToken(tx, tokenId)
    if (!old) return err({ code: 'not_found', what: null })
    if (old.revoked_at !== null) {
      const revoked = await revokeFamily(tx, old.id)
      await writeAudit(
        tx,
        revoked.map((token) => auditEntry(token, 'revoked', 'Token reused')),
        authorOf(actor),
      )
      return err({ code: 'bad_request', reason: 'token already revoked' })
    }
    if (!(await mayRotate(tx, actor, old))) {
      const reason = 'Not eligible to rotate token with access level higher than the user'
      return err({ code: 'bad_request', reason })
    }
    const created = { createdOn: old.created_at.toISOString().slice(0, 10), expiresAt: old.expires_at }
    const today = todayOf(app)
    const expires = rotatedExpiry(created, expiresAt, today)
    if (expires === null || expires <= today) {
      const problem = expires === null ? 'must not give more time than the token had' : 'must be a date in the future'
      return err({ code: 'invalid', errors: { expires_at: [problem] } })
    }
    const token = newToken('glpat-')
    await revokeToken(tx, old.id)
    const { id } = await insertAccessToken(tx, {
      userId: old.user_id,
      name: old.name,
      description: old.description,
      scopes: old.scopes,
      digest: digestOf(token),
      expiresAt: expires,
      previousId: old.id,
      createdById: old.created_by_id,
      owner: ownerOf(old),
    })
    if (ownerOf(old)) {
      await setMembershipExpiry(tx, old.user_id, expires)
      // Whoever holds a bot's token answers for the bot (threat T10).
      if (actor.userId !== old.user_id) await updateUser(tx, old.user_id, { created_by_id: actor.userId })
    }
    const message = `Rotated; the new token has ID ${id}`
    await writeAudit(tx, [auditEntry(old, 'rotated', message)], authorOf(actor))
    return ok({ id, token })
  })
}

/** Whoever rotates a token holds it afterwards, so it must not be worth more than they are (threat T19). */
async function mayRotate(tx: Tx, actor: Actor, token: AccessToken): Promise<boolean> {
  const owner = ownerOf(token)
  if (owner === undefined || actor.isAdmin || actor.userId === token.user_id) return true
  if (await isBot(tx, actor)) return false
  return (await roleAt(tx, actor.userId, owner)) >= (await roleAt(tx, token.user_id, owner))
}

/** Revokes a token; again is the same as once. */
export async function revokeAccessToken(app: App, actor: Actor, tokenId: number): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const token = await lockAccessToken(tx, tokenId)
    if (!token) return err({ code: 'not_found', what: null })
    if (token.revoked_at !== null) return ok(undefined)
    await revokeToken(tx, token.id)
    // A bot without its token is no member any more; its name stays with what it did.
    if (ownerOf(token)) await deleteMembershipsOf(tx, token.user_id)
    await writeAudit(tx, [auditEntry(token, 'revoked', 'Revoked')], authorOf(actor))
    return ok(undefined)
  })
}

/** GitLab's names: personal_access_token_revoked, project_access_token_deleted, group_access_token_deleted. */
function auditEntry(token: AccessToken, what: 'rotated' | 'revoked', message: string): AuditEntry {
  const details = { custom_message: message, user_id: token.user_id }
  const target = { id: token.id, details: token.name }
  const owner = ownerOf(token)
  if (!owner) {
    const event = `personal_access_token_${what}`
    return {
      event,
      entity: { type: 'User', id: token.user_id },
      target: { type: 'PersonalAccessToken', ...target },
      details,
    }
  }
  const [kind, entity] =
    'projectId' in owner
      ? (['Project', { type: 'Project', id: owner.projectId }] as const)
      : (['Group', { type: 'Group', id: owner.groupId }] as const)
  const event = `${kind.toLowerCase()}_access_token_${what === 'revoked' ? 'deleted' : what}`
  return { event, entity, target: { type: `${kind}AccessToken`, ...target }, details }
}
