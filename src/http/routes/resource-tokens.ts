/** Project and Group access tokens APIs. */
import type { App } from '../../app/context.ts'
import { createResourceToken } from '../../app/create-resource-token.ts'
import type { IssuedToken } from '../../app/issue-access-token.ts'
import { revokeAccessToken, rotateAccessToken } from '../../app/replace-access-token.ts'
import { groupAccessTokens, projectAccessTokens } from '../../contract/resource-tokens.ts'
import type { TokenOwner } from '../../db/access-tokens.ts'
import { findResourceToken, listAccessTokens, type ResourceToken, withRoles } from '../../db/token-list.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, type Knock, type Route } from '../call.ts'
import { groupFor, projectFor } from '../find.ts'
import { presentAccessToken } from '../present/access-token.ts'

interface Place {
  /** Finds the project or group of a call whose caller may manage its tokens, or for `see` merely sees it. */
  readonly find: (call: Knock, see?: 'see') => Promise<Result<TokenOwner, Refusal>>
  readonly kind: 'project' | 'group'
}

export const resourceTokenRoutes: Route[] = [
  ...routesOf(projectAccessTokens, {
    kind: 'project',
    find: async (call, see) => {
      const found = await projectFor(call, see ? 'read_project' : 'admin_tokens')
      return found.ok ? ok({ projectId: found.value.project.id }) : found
    },
  }),
  ...routesOf(groupAccessTokens, {
    kind: 'group',
    find: async (call, see) => {
      const found = await groupFor(call, see ? 'read_group' : 'admin_group_tokens')
      return found.ok ? ok({ groupId: found.value.group.id }) : found
    },
  }),
]

/** Scopes that make no sense for a bot (GitLab: resource_bot_scopes). */
const notForBots = 'read_user'

function routesOf(
  { list, get, create, rotate, rotateSelf, revoke }: typeof projectAccessTokens,
  place: Place,
): Route[] {
  const first = { authorizeFirst: place.find }
  const notFound = (id: number) =>
    err({ code: 'not_found', what: `Could not find ${place.kind} access token with token_id: ${id}` } as const)
  const tokenOf = async (call: Knock & { readonly input: { readonly token_id: number } }) => {
    const owner = await place.find(call)
    if (!owner.ok) return owner
    const found = await findResourceToken(call.app.db, owner.value, call.input.token_id)
    return found ? ok({ ...found, owner: owner.value }) : notFound(call.input.token_id)
  }

  return [
    implement(
      list,
      async (call) => {
        const owner = await place.find(call)
        if (!owner.ok) return owner
        const { app, input } = call
        const page = await listAccessTokens(app.db, { owner: owner.value, state: input.state }, input)
        const items = await withRoles(app.db, owner.value, page.items)
        return ok({ ...page, items: items.map((item) => present(app, item)) })
      },
      first,
    ),
    implement(
      get,
      async (call) => {
        const found = await tokenOf(call)
        return found.ok ? ok(present(call.app, found.value)) : found
      },
      first,
    ),
    implement(
      create,
      async (call) => {
        const owner = await place.find(call)
        if (!owner.ok) return owner
        const { app, actor, input } = call
        if (input.scopes.includes(notForBots)) {
          return err({ code: 'invalid_parameter', sentence: 'scopes does not have a valid value' })
        }
        const { name, description = null, scopes, access_level: accessLevel, expires_at: expiresAt } = input
        const request = { owner: owner.value, name, description, scopes, accessLevel, expiresAt }
        return presentIssued(app, owner.value, await createResourceToken(app, actor, request))
      },
      first,
    ),
    implement(
      rotate,
      async (call) => {
        const found = await tokenOf(call)
        if (!found.ok) return found
        const { app, actor, input } = call
        const { owner, token } = found.value
        return presentIssued(app, owner, await rotateAccessToken(app, actor, token.id, input.expires_at ?? null))
      },
      first,
    ),
    implement(rotateSelf, async (call) => {
      const owner = await place.find(call, 'see')
      if (!owner.ok) return owner
      const { app, actor, input } = call
      const id = actor.credential.kind === 'token' ? actor.credential.id : 0
      const own = await findResourceToken(app.db, owner.value, id)
      if (!own) return err({ code: 'method_not_allowed' })
      return presentIssued(app, owner.value, await rotateAccessToken(app, actor, id, input.expires_at ?? null))
    }),
    implement(
      revoke,
      async (call) => {
        const found = await tokenOf(call)
        return found.ok ? revokeAccessToken(call.app, call.actor, found.value.token.id) : found
      },
      first,
    ),
  ]
}

function present(app: App, { token, accessLevel }: ResourceToken) {
  return { ...presentAccessToken(app, token), access_level: accessLevel }
}

async function presentIssued(app: App, owner: TokenOwner, issued: Result<IssuedToken, Refusal>) {
  if (!issued.ok) return issued
  const found = await findResourceToken(app.db, owner, issued.value.id)
  return found
    ? ok({ ...present(app, found), token: issued.value.token })
    : err({ code: 'not_found', what: null } as const)
}
