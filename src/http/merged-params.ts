import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'

/** GitLab merges query, body and path for every verb; the path wins, then the body. */
export function mergedParams(request: FastifyRequest): Record<string, unknown> {
  const body = request.body
  const parsed = body !== null && typeof body === 'object' && !Array.isArray(body) && !(body instanceof Readable)
  const fields = parsed ? body : {}
  return { ...(request.query as object), ...fields, ...(request.params as object) }
}
