/**
 * Server-sent events: tells open pages what changed, so that they ask the API again. Events carry ids, never content, and only of
 * projects and groups the person can see; of accounts and of the server, only to administrators. After a lost connection a page asks for everything anew, so no event needs to be kept.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import type { Changed } from '../db/announce.ts'
import { findGroup } from '../db/groups.ts'
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
  const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
  const end = () => {
    clearInterval(heartbeat)
    off()
    out.end()
  }
  const off = app.wake.on('changes', (payload) => {
    // Without a payload something may have been missed: the page looks at everything again.
    if (payload === undefined || payload === '') return send('event: refresh\ndata: {}\n\n')
    const changed = JSON.parse(payload) as Changed
    // Who they are may be another now, and with it all that they see: the browser connects again at once, if it still may.
    if (changed.things?.includes(`User:${actor.userId}`)) {
      send('event: refresh\ndata: {}\n\n')
      return end()
    }
    void visible(changed).then((yes) => {
      if (yes) send(`event: change\ndata: ${payload}\n\n`)
    })
  })
  app.closing.addEventListener('abort', end, { once: true })
  out.on('close', () => {
    app.closing.removeEventListener('abort', end)
    end()
  })
  return reply
}

/** Whether this person sees what changed, remembered for a moment. */
function visibility(app: App, actor: Actor): (changed: Changed) => Promise<boolean> {
  const known = new Map<string, { readonly at: number; readonly yes: Promise<boolean> }>()
  const look = async ({ project_id: projectId, group_id: groupId }: Changed) => {
    if (projectId === null && groupId === null) return actor.isAdmin
    const found =
      projectId === null ? await findGroup(app.db, String(groupId), actor) : await findProject(app.db, projectId, actor)
    return found !== null && canSee(actor, found.standing)
  }
  return (changed) => {
    const place = `${changed.project_id} ${changed.group_id}`
    const remembered = known.get(place)
    if (remembered && Date.now() - remembered.at < visibleForMs) return remembered.yes
    const yes = look(changed).catch(() => false)
    if (known.size > 1_000) known.clear()
    known.set(place, { at: Date.now(), yes })
    return yes
  }
}
