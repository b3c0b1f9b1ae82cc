/** Signing in with a browser. Not part of GitLab's API: GitLab signs in over its pages. */
import { z } from 'zod'
import { userBasic } from './entities.ts'
import { operation } from './operation.ts'
import { text } from './values.ts'

const session = z.object({
  /** Null: nobody is signed in. */
  user: userBasic.extend({ is_admin: z.boolean(), email: z.string() }).nullable(),
  /** Sent back as `X-CSRF-Token` with every write. */
  csrf_token: z.string().nullable(),
})
export type Session = z.output<typeof session>
const tag = 'Session'

export const getSession = operation({
  id: 'getSession',
  method: 'GET',
  path: '/session',
  tag,
  summary: 'Who is signed in with this browser',
  response: session,
  auth: 'optional',
})

export const signIn = operation({
  id: 'signIn',
  method: 'POST',
  path: '/session',
  tag,
  summary: 'Sign in with a password; sets the session cookie',
  params: { login: text({ max: 255 }), password: text({ max: 1024 }) },
  response: session,
  auth: 'none',
})

export const signOut = operation({
  id: 'signOut',
  method: 'DELETE',
  path: '/session',
  tag,
  summary: 'Sign out of this browser',
})

export const signOutEverywhere = operation({
  id: 'signOutEverywhere',
  method: 'DELETE',
  path: '/sessions',
  tag,
  summary: 'End all browser sessions of this person',
})

export const changePassword = operation({
  id: 'changePassword',
  method: 'PUT',
  path: '/session/password',
  tag,
  summary: 'Change one’s own password, in the browser; every other browser is signed out',
  params: { current_password: text({ max: 1024 }), password: text({ max: 1024 }) },
  status: 204,
})
