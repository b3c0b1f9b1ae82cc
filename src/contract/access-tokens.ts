/** Personal access tokens (GitLab Personal Access Tokens API). */
import { z } from 'zod'
import type { TokenScope } from '../domain/token-rules.ts'
import { operation } from './operation.ts'
import { bool, date, dateTime, id, list, oneOf, paging, text, timestamp } from './values.ts'

const tag = 'Personal access tokens'

const known = [
  'api',
  'read_api',
  'read_user',
  'read_repository',
  'write_repository',
  'create_runner',
  'self_rotate',
] as const satisfies readonly TokenScope[]

/** A list of scopes. One unknown scope makes the whole parameter invalid, named as GitLab names it. */
export const scopes = () =>
  list(text()).pipe(
    z.custom<TokenScope[]>(
      (values) => Array.isArray(values) && values.every((value) => (known as readonly string[]).includes(value)),
      'does not have a valid value',
    ),
  )

/** A date that an empty text or null clears. */
export const expiry = () => z.preprocess((value: string | null) => (value === '' ? null : value), date().nullable())

export const accessToken = z.object({
  id: z.number(),
  name: z.string(),
  revoked: z.boolean(),
  created_at: timestamp(),
  description: z.string().nullable(),
  scopes: z.array(z.string()),
  user_id: z.number(),
  last_used_at: timestamp().nullable(),
  active: z.boolean(),
  expires_at: z.string().nullable(),
})
export type AccessToken = z.output<typeof accessToken>

/** With the token itself, which is told this once. */
export const newAccessToken = accessToken.extend({ token: z.string() })
export type NewAccessToken = z.output<typeof newAccessToken>

export const tokenFilters = {
  state: oneOf(['active', 'inactive']).optional(),
  revoked: bool().optional(),
  search: text({ max: 255 }).optional(),
  created_after: dateTime().optional(),
  created_before: dateTime().optional(),
  last_used_after: dateTime().optional(),
  last_used_before: dateTime().optional(),
  expires_after: date().optional(),
  expires_before: date().optional(),
  sort: oneOf([
    'created_asc',
    'created_desc',
    'expires_asc',
    'expires_desc',
    'last_used_asc',
    'last_used_desc',
    'name_asc',
    'name_desc',
  ]).optional(),
}

export const listPersonalAccessTokens = operation({
  id: 'listPersonalAccessTokens',
  method: 'GET',
  path: '/personal_access_tokens',
  tag,
  summary: 'Your personal access tokens; for administrators everybody’s',
  params: { user_id: id().optional(), ...tokenFilters, ...paging },
  response: z.array(accessToken),
})

export const getPersonalAccessToken = operation({
  id: 'getPersonalAccessToken',
  method: 'GET',
  path: '/personal_access_tokens/:id',
  tag,
  summary: 'A personal access token',
  params: { id: id() },
  response: accessToken.extend({ last_used_ips: z.array(z.string()) }),
})

export const getOwnAccessToken = operation({
  id: 'getOwnAccessToken',
  method: 'GET',
  path: '/personal_access_tokens/self',
  tag,
  summary: 'The token that makes the request',
  response: accessToken,
  scopes: known,
})

export const revokePersonalAccessToken = operation({
  id: 'revokePersonalAccessToken',
  method: 'DELETE',
  path: '/personal_access_tokens/:id',
  tag,
  summary: 'Revoke a personal access token',
  params: { id: id() },
})

export const revokeOwnAccessToken = operation({
  id: 'revokeOwnAccessToken',
  method: 'DELETE',
  path: '/personal_access_tokens/self',
  tag,
  summary: 'Revoke the token that makes the request',
  scopes: known,
})

export const rotatePersonalAccessToken = operation({
  id: 'rotatePersonalAccessToken',
  method: 'POST',
  path: '/personal_access_tokens/:id/rotate',
  tag,
  summary: 'Replace a personal access token by a new one; a week of life unless said otherwise',
  params: { id: id(), expires_at: date().optional() },
  response: newAccessToken,
  status: 200,
})

export const rotateOwnAccessToken = operation({
  id: 'rotateOwnAccessToken',
  method: 'POST',
  path: '/personal_access_tokens/self/rotate',
  tag,
  summary: 'Replace the token that makes the request by a new one',
  params: { expires_at: date().optional() },
  response: newAccessToken,
  status: 200,
  scopes: ['api', 'self_rotate'],
})

const creation = {
  name: text({ max: 1000 }),
  description: text({ max: 1000 }).optional(),
  scopes: scopes(),
  expires_at: expiry().optional(),
}

export const createOwnAccessToken = operation({
  id: 'createOwnAccessToken',
  method: 'POST',
  path: '/user/personal_access_tokens',
  tag,
  summary:
    'Create a personal access token for yourself: any in the browser, with a token only one of scope self_rotate',
  params: creation,
  response: newAccessToken,
})

export const listUserAccessTokens = operation({
  id: 'listUserAccessTokens',
  method: 'GET',
  path: '/users/:user_id/personal_access_tokens',
  tag,
  summary: 'The personal access tokens of a user (administrators)',
  params: { user_id: id(), ...tokenFilters, ...paging },
  response: z.array(accessToken),
})

export const createUserAccessToken = operation({
  id: 'createUserAccessToken',
  method: 'POST',
  path: '/users/:user_id/personal_access_tokens',
  tag,
  summary: 'Create a personal access token for a user (administrators)',
  params: { user_id: id(), ...creation },
  response: newAccessToken,
})
