/** Access tokens as the API shows them. */
import type { App } from '../../app/context.ts'
import type { AccessToken as Entity } from '../../contract/access-tokens.ts'
import type { AccessToken } from '../../db/access-tokens.ts'

export function presentAccessToken(app: App, token: AccessToken): Entity {
  const revoked = token.revoked_at !== null
  const today = app.now().toISOString().slice(0, 10)
  return {
    id: token.id,
    name: token.name,
    revoked,
    created_at: token.created_at.toISOString(),
    description: token.description,
    scopes: token.scopes,
    user_id: token.user_id,
    last_used_at: token.last_used_at?.toISOString() ?? null,
    active: !revoked && (token.expires_at === null || token.expires_at > today),
    expires_at: token.expires_at,
  }
}
