/**
 * Proof that a write comes from our own page: a token derived from the session cookie. Another site can make a browser send the
 * cookie but can neither read it nor compute this.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { cookie, sessionCookie } from './authenticate.ts'

/** The CSRF token that goes with a session's cookie. */
export function csrfToken(session: string): string {
  return createHash('sha256').update(`csrf:${session}`).digest('base64url')
}

/** Whether the request carries the token that goes with its own cookie. */
export function hasCsrfToken(request: FastifyRequest): boolean {
  const session = cookie(request.headers.cookie, sessionCookie)
  const given = request.headers['x-csrf-token']
  if (session === undefined || typeof given !== 'string') return false
  const expected = Buffer.from(csrfToken(session))
  const actual = Buffer.from(given)
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
