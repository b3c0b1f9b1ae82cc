/** Access tokens of projects and groups (GitLab Project access tokens API, Group access tokens API). */
import { z } from 'zod'
import { accessToken, expiry, scopes } from './access-tokens.ts'
import { role } from './groups.ts'
import { operation } from './operation.ts'
import { date, id, idOrPath, oneOf, paging, text } from './values.ts'

const resourceToken = accessToken.extend({ access_level: z.number().nullable() })
const newResourceToken = resourceToken.extend({ token: z.string() })

function tokenOperations(kind: 'Project' | 'Group') {
  const tag = `${kind} access tokens`
  const path = `/${kind.toLowerCase()}s/:id/access_tokens`
  const one = { id: idOrPath(), token_id: id() }
  return {
    list: operation({
      id: `list${kind}AccessTokens`,
      method: 'GET',
      path,
      tag,
      summary: `The access tokens of a ${kind.toLowerCase()}`,
      params: { id: idOrPath(), state: oneOf(['active', 'inactive']).optional(), ...paging },
      response: z.array(resourceToken),
    }),
    get: operation({
      id: `get${kind}AccessToken`,
      method: 'GET',
      path: `${path}/:token_id`,
      tag,
      summary: 'One of them',
      params: one,
      response: resourceToken,
    }),
    create: operation({
      id: `create${kind}AccessToken`,
      method: 'POST',
      path,
      tag,
      summary: 'Create a token with a bot user of its own, who gets the role access_level',
      params: {
        id: idOrPath(),
        name: text({ max: 1000 }),
        description: text({ max: 1000 }).optional(),
        scopes: scopes(),
        access_level: role().default(40),
        expires_at: expiry().optional(),
      },
      response: newResourceToken,
    }),
    rotate: operation({
      id: `rotate${kind}AccessToken`,
      method: 'POST',
      path: `${path}/:token_id/rotate`,
      tag,
      summary: 'Replace a token by a new one',
      params: { ...one, expires_at: date().optional() },
      response: newResourceToken,
      status: 200,
    }),
    rotateSelf: operation({
      id: `rotateOwn${kind}AccessToken`,
      method: 'POST',
      path: `${path}/self/rotate`,
      tag,
      summary: 'Replace the token that makes the request by a new one',
      params: { id: idOrPath(), expires_at: date().optional() },
      response: newResourceToken,
      status: 200,
      scopes: ['api', 'self_rotate'],
    }),
    revoke: operation({
      id: `revoke${kind}AccessToken`,
      method: 'DELETE',
      path: `${path}/:token_id`,
      tag,
      summary: 'Revoke a token; its bot is no member any more',
      params: one,
    }),
  }
}

export const projectAccessTokens = tokenOperations('Project')
export const groupAccessTokens = tokenOperations('Group')
