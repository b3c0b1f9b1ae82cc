/**
 * Answers that did not change are not sent again: a weak ETag of what was answered, and 304 for a client that has it already (GitLab
 * does so for every API answer it has as a whole; streams have no ETag).
 */
import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

export function addEtags(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply, payload) => {
    const whole = typeof payload === 'string' || Buffer.isBuffer(payload)
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (!whole || !reads || reply.statusCode !== 200 || !request.url.startsWith('/api/')) return payload
    if (payload.length === 0) return payload
    const tag = `W/"${hash('sha256', payload).slice(0, 32)}"`
    reply.header('etag', tag)
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'max-age=0, private, must-revalidate')
    if (!isKnown(request.headers['if-none-match'], tag)) return payload
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    return ''
  })
}

/** RFC 9110, If-None-Match: `*`, or a list of tags of which one means the same content. */
function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  const strong = tag.slice(2)
  return header.split(',').some((one) => ['*', strong, tag].includes(one.trim()))
}
