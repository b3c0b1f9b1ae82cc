/**
 * `sudo`: acting as somebody else (GitLab REST API docs, Authentication, Sudo). No token has the scope for it here, so every call
 * that asks for it is refused as GitLab refuses one without that scope. Ignored, it would be done in the caller's own name.
 */
import type { FastifyRequest } from 'fastify'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'

/** Null for a call that asks for nothing of the kind. */
export function refuseSudo(
  actor: Actor | null,
  request: FastifyRequest,
  params: Readonly<Record<string, unknown>>,
): Refusal | null {
  const wanted = params['sudo'] ?? request.headers['sudo'] ?? ''
  if (wanted === '') return null
  if (actor === null) return { code: 'unauthorized' }
  if (!actor.isAdmin) return { code: 'forbidden', reason: 'Must be admin to use sudo' }
  return { code: 'insufficient_scope', scopes: ['sudo'] }
}
