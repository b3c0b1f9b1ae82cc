/**
 * Cross-origin calls of the API, as GitLab allows them: from everywhere, with a token in a header, and never with the session cookie.
 * A page of somebody else can so use a token its user gave it, and can neither send nor read anything in its user's name (threat T16).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** Seconds for which a browser remembers the answer to its question. */
const maxAge = '7200'

const exposed = `
  Link X-Total X-Total-Pages X-Per-Page X-Page X-Next-Page X-Prev-Page X-Gitlab-Blob-Id X-Gitlab-Commit-Id
  X-Gitlab-Content-Sha256 X-Gitlab-Encoding X-Gitlab-File-Name X-Gitlab-File-Path X-Gitlab-Last-Commit-Id X-Gitlab-Ref X-Gitlab-Size`
  .trim()
  .split(/\s+/)
  .join(', ')

export function addCors(server: FastifyInstance, app: App): void {
  server.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/api/')) return
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined) return
    allow(app, origin, reply)
    if (isPreflight(request)) await answerPreflight(request, reply)
  })
}

/** Our own pages count as themselves; for everybody else the browser is told that credentials do not come along. */
function allow(app: App, origin: string, reply: FastifyReply): void {
  const own = origin === new URL(app.externalUrl).origin
  reply.header('access-control-allow-origin', own ? origin : '*')
  if (own) reply.header('access-control-allow-credentials', 'true')
  reply.header('access-control-expose-headers', exposed)
}

function isPreflight(request: FastifyRequest): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
}

async function answerPreflight(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const wanted = request.headers['access-control-request-headers']
  if (wanted !== undefined) reply.header('access-control-allow-headers', wanted)
  reply.header('access-control-allow-methods', methods).header('access-control-max-age', maxAge)
  await reply.code(200).type('text/plain').send('')
}
