/**
 * Server-sent events: tells open pages what changed, so that they ask the API again. Events carry ids, never content, and only of
 * projects the person can see. After a lost connection a page asks for everything anew, so no event needs to be kept.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import type { Changed } from '../db/announce.ts'
import { findProject } from '../db/projects.ts'
import { type Actor, canSee } from '../domain/access.ts'
import { authenticate } from './authenticate.ts'

const heartbeatMs = 20_000
/** A reader that does not keep up is dropped; its browser connects again. In bytes. */
const backlogLimit = 256 * 1024
/** How long a decision about who sees a project is remembered. */
const visibleForMs = 15_000

export function addEvents(server: FastifyInstance, app: App): void {
  server.get('/-/events', (request, reply) => stream(app, request, reply))
}

async function stream(app: App, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const caller = await authenticate(app.db, request, request.query as Record<string, unknown>)
  if (!caller.ok || caller.value === null) return reply.code(401).send({ message: '401 Unauthorized' })
  const actor = caller.value
  const visible = visibility(app, actor)
  reply.hijack()
  const out = reply.raw
  out.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  const send = (text: string) => {
    if (out.writableLength > backlogLimit) out.destroy()
    else out.write(text)
  }
  send('retry: 1000\n\n')
  const off = app.wake.on('changes', (payload) => {
    // Without a payload something may have been missed: the page looks at everything again.
    if (payload === undefined || payload === '') return send('event: refresh\ndata: {}\n\n')
    const changed = JSON.parse(payload) as Changed
    void visible(changed.project_id).then((yes) => {
      if (yes) send(`event: change\ndata: ${payload}\n\n`)
    })
  })
  const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
  const end = () => {
    clearInterval(heartbeat)
    off()
    out.end()
  }
  app.closing.addEventListener('abort', end, { once: true })
  out.on('close', () => {
    app.closing.removeEventListener('abort', end)
    end()
  })
  return reply
}

/** Whether this person sees a project, remembered for a moment. */
function visibility(app: App, actor: Actor): (projectId: number) => Promise<boolean> {
  const known = new Map<number, { readonly at: number; readonly yes: Promise<boolean> }>()
  return (projectId) => {
    const remembered = known.get(projectId)
    if (remembered && Date.now() - remembered.at < visibleForMs) return remembered.yes
    const yes = findProject(app.db, projectId, actor).then(
      (found) => found !== null && canSee(actor, found.standing),
      () => false,
    )
    if (known.size > 1_000) known.clear()
    known.set(projectId, { at: Date.now(), yes })
    return yes
  }
}
