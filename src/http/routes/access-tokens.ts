/** Personal Access Tokens API. */
import type { App } from '../../app/context.ts'
import { type IssuedToken, issueAccessToken } from '../../app/issue-access-token.ts'
import { revokeAccessToken, rotateAccessToken } from '../../app/replace-access-token.ts'
import * as contract from '../../contract/access-tokens.ts'
import type { InputOf } from '../../contract/operation.ts'
import type { AccessToken } from '../../db/access-tokens.ts'
import { findAccessToken, listAccessTokens, type TokenFilter } from '../../db/token-list.ts'
import { findUser } from '../../db/users.ts'
import type { Actor } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { forAdministrators } from '../find.ts'
import { mapPage } from '../pagination.ts'
import { presentAccessToken } from '../present/access-token.ts'

export const accessTokenRoutes: Route[] = [
  implement(contract.listPersonalAccessTokens, async ({ app, actor, input }) => {
    const { user_id: userId } = input
    if (!actor.isAdmin && userId !== undefined && userId !== actor.userId) return err({ code: 'unauthorized' })
    const owner = userId ?? (actor.isAdmin ? undefined : actor.userId)
    const filter = tokenFilter(input)
    const page = await listAccessTokens(app.db, { ...filter, ...(owner && { userIds: [owner] }) }, input)
    return ok(mapPage(page, (token) => presentAccessToken(app, token)))
  }),

  implement(contract.getPersonalAccessToken, async ({ app, actor, input }) => {
    const token = await visibleToken(app, actor, input.id)
    if (!token.ok) return token
    return ok({ ...presentAccessToken(app, token.value), last_used_ips: token.value.last_used_ips })
  }),

  implement(contract.getOwnAccessToken, async ({ app, actor }) => {
    const token = await ownToken(app, actor)
    return token.ok ? ok(presentAccessToken(app, token.value)) : token
  }),

  implement(contract.revokePersonalAccessToken, async ({ app, actor, input }) => {
    const token = await visibleToken(app, actor, input.id)
    return token.ok ? revokeAccessToken(app, actor, token.value.id) : token
  }),

  implement(contract.revokeOwnAccessToken, async ({ app, actor }) => {
    const token = await ownToken(app, actor)
    return token.ok ? revokeAccessToken(app, actor, token.value.id) : token
  }),

  implement(contract.rotatePersonalAccessToken, async ({ app, actor, input }) => {
    const token = await visibleToken(app, actor, input.id)
    if (!token.ok) return token
    const { id } = token.value
    return presentIssued(app, await rotateAccessToken(app, actor, id, input.expires_at ?? null))
  }),

  implement(contract.rotateOwnAccessToken, async ({ app, actor, input }) => {
    const token = await ownToken(app, actor)
    // GitLab's answer to any other kind of credential.
    if (!token.ok) return err({ code: 'method_not_allowed' })
    const { id } = token.value
    return presentIssued(app, await rotateAccessToken(app, actor, id, input.expires_at ?? null))
  }),

  implement(contract.createOwnAccessToken, async ({ app, actor, input }) => {
    // With a token one may only make what cannot do more than renew itself (GitLab Users API).
    if (actor.credential.kind === 'token' && input.scopes.some((scope) => scope !== 'self_rotate')) {
      return err({ code: 'invalid_parameter', sentence: 'scopes does not have a valid value' })
    }
    return create(app, actor, actor.userId, input)
  }),

  implement(contract.listUserAccessTokens, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    if (!(await findUser(app.db, input.user_id))) return err({ code: 'not_found', what: 'User' })
    const page = await listAccessTokens(app.db, { ...tokenFilter(input), userIds: [input.user_id] }, input)
    return ok(mapPage(page, (token) => presentAccessToken(app, token)))
  }),

  implement(contract.createUserAccessToken, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    return refusal ? err(refusal) : create(app, actor, input.user_id, input)
  }),
]

/** The filters that all lists of tokens have. */
export function tokenFilter(input: Partial<InputOf<typeof contract.listPersonalAccessTokens>>): TokenFilter {
  return {
    state: input.state,
    revoked: input.revoked,
    search: input.search,
    createdAfter: input.created_after,
    createdBefore: input.created_before,
    lastUsedAfter: input.last_used_after,
    lastUsedBefore: input.last_used_before,
    expiresAfter: input.expires_after,
    expiresBefore: input.expires_before,
    sort: input.sort,
  }
}

function create(app: App, actor: Actor, userId: number, input: InputOf<typeof contract.createOwnAccessToken>) {
  const { name, scopes, description = null, expires_at: expiresAt } = input
  return issueAccessToken(app, actor, { userId, name, scopes, description, expiresAt }).then((issued) =>
    presentIssued(app, issued),
  )
}

/** A token that is the caller's own, or any for administrators. Only they are told that there is none. */
async function visibleToken(app: App, actor: Actor, id: number): Promise<Result<AccessToken, Refusal>> {
  const token = await findAccessToken(app.db, id)
  if (token && (actor.isAdmin || token.user_id === actor.userId)) return ok(token)
  return err(actor.isAdmin ? { code: 'not_found', what: null } : { code: 'unauthorized' })
}

async function ownToken(app: App, actor: Actor): Promise<Result<AccessToken, Refusal>> {
  const token = actor.credential.kind === 'token' ? await findAccessToken(app.db, actor.credential.id) : null
  if (token) return ok(token)
  return err({ code: 'bad_request', reason: 'This endpoint requires token type to be a personal access token' })
}

async function presentIssued(app: App, issued: Result<IssuedToken, Refusal>) {
  if (!issued.ok) return issued
  const token = await findAccessToken(app.db, issued.value.id)
  return token
    ? ok({ ...presentAccessToken(app, token), token: issued.value.token })
    : err({ code: 'not_found', what: null } as const)
}
