/** Rotating and revoking access tokens. */
import { type AccessToken, insertAccessToken, lockAccessToken, revokeFamily, revokeToken } from '../db/access-tokens.ts'
import { type AuditEntry, writeAudit } from '../db/audit.ts'
import { digestOf, newToken } from '../db/digest.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { rotatedExpiry } from '../domain/token-rules.ts'
import { type App, authorOf } from './context.ts'
import { type IssuedToken, todayOf } from './issue-access-token.ts'

/** How the audit rows of a token are told: of a person, of a project or of a group. */
export interface TokenPlace {
  readonly entity: AuditEntry['entity']
  readonly kind: 'personal' | 'project' | 'group'
}

const targetType = { personal: 'PersonalAccessToken', project: 'ProjectAccessToken', group: 'GroupAccessToken' }

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
  place: TokenPlace,
): Promise<Result<IssuedToken, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const old = await lockAccessToken(tx, tokenId)
    if (!old) return err({ code: 'not_found', what: null })
    if (old.revoked_at !== null) {
      const revoked = await revokeFamily(tx, old.id)
      await writeAudit(
        tx,
        revoked.map((token) => auditEntry(token, place, 'revoked', 'Token reused')),
        authorOf(actor),
      )
      return err({ code: 'bad_request', reason: 'token already revoked' })
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
    })
    const message = `Rotated; the new token has ID ${id}`
    await writeAudit(tx, [auditEntry(old, place, 'rotated', message)], authorOf(actor))
    return ok({ id, token })
  })
}

/** Revokes a token; again is the same as once. */
export async function revokeAccessToken(
  app: App,
  actor: Actor,
  tokenId: number,
  place: TokenPlace,
): Promise<Result<void, Refusal>> {
  return inTransaction(app.db, async (tx) => {
    const token = await lockAccessToken(tx, tokenId)
    if (!token) return err({ code: 'not_found', what: null })
    if (token.revoked_at !== null) return ok(undefined)
    await revokeToken(tx, token.id)
    await writeAudit(tx, [auditEntry(token, place, 'revoked', 'Revoked')], authorOf(actor))
    return ok(undefined)
  })
}

function auditEntry(token: AccessToken, place: TokenPlace, what: string, message: string): AuditEntry {
  return {
    event: `${place.kind}_access_token_${what}`,
    entity: place.entity,
    target: { type: targetType[place.kind], id: token.id, details: token.name },
    details: { custom_message: message, user_id: token.user_id },
  }
}
