/** A new personal access token. */
import { callingToken, insertAccessToken } from '../db/access-tokens.ts'
import { writeAudit } from '../db/audit.ts'
import { digestOf, newToken } from '../db/digest.ts'
import type { Tx } from '../db/open.ts'
import { inTransaction } from '../db/transaction.ts'
import { shareUser } from '../db/users.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type ParentToken, type TokenRequest, tokenProblems } from '../domain/token-rules.ts'
import { type App, authorOf } from './context.ts'

export interface IssuedToken {
  readonly id: number
  /** Told once; only its digest is stored. */
  readonly token: string
}

export interface NewTokenRequest extends Omit<TokenRequest, 'expiresAt'> {
  readonly userId: number
  readonly description: string | null
  /** Undefined: as long as the token that asks, or for good. */
  readonly expiresAt: string | null | undefined
}

/**
 * Issues a personal access token (GitLab Users API, "Create a personal access token"). Who may do it for whom is the caller's
 * question; this one keeps a token made from a token within its limits (threat T19).
 */
export async function issueAccessToken(
  app: App,
  actor: Actor,
  request: NewTokenRequest,
): Promise<Result<IssuedToken, Refusal>> {
  return inTransaction(app.db, (tx) => issue(app, tx, actor, request))
}

async function issue(app: App, tx: Tx, actor: Actor, request: NewTokenRequest): Promise<Result<IssuedToken, Refusal>> {
  const user = await shareUser(tx, request.userId)
  if (!user) return err({ code: 'not_found', what: 'User' })
  if (await isBot(tx, actor)) return err({ code: 'unprocessable', sentence: 'Not permitted to create' })
  const parent = await parentToken(tx, actor)
  if (!parent.ok) return parent
  const expiresAt = request.expiresAt === undefined ? (parent.value?.expiresAt ?? null) : request.expiresAt
  const errors = tokenProblems({ ...request, expiresAt }, parent.value, todayOf(app))
  if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
  const token = newToken('glpat-')
  const { id } = await insertAccessToken(tx, {
    ...request,
    expiresAt,
    digest: digestOf(token),
    previousId: null,
    createdById: actor.userId,
  })
  const entry = {
    event: 'personal_access_token_issued',
    entity: { type: 'User', id: user.id },
    target: { type: 'PersonalAccessToken', id, details: request.name },
    details: { custom_message: 'Created personal access token', scopes: request.scopes, expires_at: expiresAt },
  } as const
  await writeAudit(tx, [entry], authorOf(actor))
  return ok({ id, token })
}

/** A token of a project or group makes no tokens: what it can do ends with it (GitLab docs, Project access tokens; threat T19). */
export async function isBot(tx: Tx, actor: Actor): Promise<boolean> {
  return (await shareUser(tx, actor.userId))?.user_type !== 'human'
}

/** The token that the caller came with, kept from being revoked until the end; null when they came without one. */
export async function parentToken(tx: Tx, actor: Actor): Promise<Result<ParentToken | null, Refusal>> {
  if (actor.credential.kind !== 'token') return ok(null)
  const token = await callingToken(tx, actor.credential.id)
  return token ? ok(token) : err({ code: 'unauthorized' })
}

/** The date in UTC, YYYY-MM-DD. */
export function todayOf(app: App): string {
  return app.now().toISOString().slice(0, 10)
}
