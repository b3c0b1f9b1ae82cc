/** `/-/health`, `/-/readiness` and `/-/liveness`, answered as GitLab answers them (GitLab docs, Health check). */
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { App } from '../app/context.ts'

export function addHealth(server: FastifyInstance, app: App): void {
  server.get('/-/health', (_request, reply) => reply.type('text/plain').send('GitLab OK'))
  server.get('/-/liveness', (_request, reply) => reply.send({ status: 'ok' }))
  server.get('/-/readiness', async (_request, reply) => {
    if (app.closing.aborted)
      return reply.code(503).send({ status: 'failed', master_check: [{ status: 'failed', message: 'stopping' }] })
    try {
      await sql`select 1`.execute(app.db)
      return await reply.send({ status: 'ok', master_check: [{ status: 'ok' }], db_check: [{ status: 'ok' }] })
    } catch {
      return reply
        .code(503)
        .send({ status: 'failed', master_check: [{ status: 'ok' }], db_check: [{ status: 'failed' }] })
    }
  })
}
