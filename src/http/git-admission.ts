/** Who may fetch or push, and when it is their turn. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import { findProject, type Project } from '../db/projects.ts'
import { type Actor, refuse } from '../domain/access.ts'
import type { GitService } from '../git/smart-http.ts'
import { gitActor } from './git-auth.ts'
import type { GitLimits, GitPlace, GitSlots } from './git-slots.ts'
import type { Throttling } from './throttle.ts'

export interface Gate {
  readonly app: App
  readonly throttling: Throttling
  readonly limits: GitLimits
  readonly slots: GitSlots
}

export interface Admitted {
  readonly project: Project
  /** Null: nobody in particular, who may fetch here. */
  readonly actor: Actor | null
}

type Request = FastifyRequest<{ Params: { project: string }; Querystring: { service?: string } }>

/**
 * Asks whether the caller may fetch or push, and waits for a place, which is given back when the answer ends. Null after having
 * sent the refusal. From then on a connection that stands still is closed: it may belong to a machine that is gone.
 */
export async function admitGit(
  gate: Gate,
  request: Request,
  reply: FastifyReply,
  service: GitService,
): Promise<Admitted | null> {
  const counted = (actor: Actor | null) => gate.throttling.refuses(request, reply, { actor, kind: 'web' })
  const found = await enter(gate.app, request, reply, service, counted)
  if (found === null) return null
  const place = await takePlace(gate, request, reply, found.actor)
  if (place === null) return null
  // Rights may have changed while it waited.
  return place.waited ? enter(gate.app, request, reply, service) : found
}

async function takePlace(
  { app, limits, slots }: Gate,
  request: Request,
  reply: FastifyReply,
  actor: Actor | null,
): Promise<GitPlace | null> {
  const leave = new AbortController()
  const leaveLine = () => leave.abort()
  let release = leaveLine
  reply.raw.once('close', () => release())
  app.closing.addEventListener('abort', leaveLine, { once: true })
  const timer = setTimeout(leaveLine, limits.waitMs)
  if (reply.raw.destroyed || app.closing.aborted) leaveLine()
  const client = actor === null ? `ip ${request.ip}` : `user ${actor.userId}`
  const place = await slots.take(client, leave.signal)
  clearTimeout(timer)
  app.closing.removeEventListener('abort', leaveLine)
  if (place === null) {
    await reply.code(503).header('retry-after', '30').send('The server is busy with other git requests: try again.\n')
    return null
  }
  release = () => place.release()
  // The client may have left at the very moment its turn came.
  if (leave.signal.aborted || reply.raw.destroyed) place.release()
  reply.raw.setTimeout(limits.idleMs, () => reply.raw.destroy())
  return place
}

/** Finds the project and asks whether the caller may fetch or push; answers null after having sent the refusal. */
async function enter(
  app: App,
  request: Request,
  reply: FastifyReply,
  service: GitService,
  oneTooMany: (actor: Actor | null) => Promise<boolean> = async () => false,
): Promise<Admitted | null> {
  const pushes = service === 'git-receive-pack'
  const actor = await gitActor(app.db, request, pushes)
  const known = actor === 'invalid' ? null : actor
  // A job that had to wait for its sources would fail.
  if (known?.credential.kind !== 'job' && (await oneTooMany(known))) return null
  const found = actor === 'invalid' ? null : await findProject(app.db, request.params.project, actor)
  const action = pushes ? 'push_code' : 'download_code'
  const refusal = actor === 'invalid' || !found ? null : refuse(actor, action, found.standing, 'Project')
  const allowed = actor !== 'invalid' && found !== null && refusal === null && (actor !== null || !pushes)
  if (allowed && (await app.repositories.exists(found.project.id))) return { project: found.project, actor }
  // Git offers its credentials only after a challenge, and whoever is not signed in must not learn what exists.
  if (!allowed && (actor === 'invalid' || actor === null)) {
    await reply.code(401).header('www-authenticate', 'Basic realm="Countersign"').send('HTTP Basic: Access denied\n')
  } else if (allowed) {
    await reply.code(404).send('A repository for this project does not exist yet.\n')
  } else if (!found || refusal?.code === 'not_found') {
    await reply
      .code(404)
      .send('The project you were looking for could not be found or you do not have permission to view it.\n')
  } else {
    await reply.code(403).send(refusalOf(pushes, found.project.archived))
  }
  return null
}

function refusalOf(pushes: boolean, archived: boolean): string {
  if (!pushes) return 'You are not allowed to download code from this project.\n'
  return archived
    ? 'This project is archived: nothing can be pushed to it.\n'
    : 'You are not allowed to push code to this project.\n'
}
