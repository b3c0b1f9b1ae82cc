/** Git over HTTP: clone, fetch and push at `/<group>/<project>.git` with a token as the password (reference D7). */
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import { finishPush, notePush, pushRefusal } from '../app/push.ts'
import type { Project } from '../db/projects.ts'
import type { NotedPush } from '../db/pushes.ts'
import type { Actor } from '../domain/access.ts'
import { type ReceiveOptions, receivePack } from '../git/receive-pack.ts'
import { advertiseRefs, parseService, uploadPack } from '../git/smart-http.ts'
import { admitGit, type Gate } from './git-admission.ts'
import { defaultGitLimits, type GitLimits, makeGitSlots } from './git-slots.ts'
import type { Throttling } from './throttle.ts'

/** Of one push, in bytes. */
const maxPackBytes = 2 * 1024 * 1024 * 1024

type Params = { Params: { project: string }; Querystring: { service?: string } }

/**
 * `/group/project.git/…` → `/-/git/group%2Fproject/…`, because the router cannot match a path in the middle. People copy the
 * address without `.git` too.
 */
export function rewriteGitUrl(url: string): string {
  const match = /^\/([^?]+?)(\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)(\?.*)?$/.exec(url)
  if (!match) return url
  const [, path = '', ending, service, query = ''] = match
  // Addresses of the API and of pages may end like that too.
  if (ending === undefined && /^api\/|(^|\/)-(\/|$)/.test(path)) return url
  return `/-/git/${encodeURIComponent(safeDecode(path))}/${service}${query}`
}

export function addGitRoutes(
  server: FastifyInstance,
  app: App,
  throttling: Throttling,
  limits: GitLimits = defaultGitLimits,
): void {
  const gate: Gate = { app, throttling, limits, slots: makeGitSlots(limits) }
  void server.register((git, _options, done) => {
    // Packs are streamed to git, compressed or not, at any size.
    git.removeAllContentTypeParsers()
    git.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload))
    git.get<Params>('/-/git/:project/info/refs', (request, reply) => advertise(gate, request, reply))
    git.post<Params>('/-/git/:project/git-upload-pack', (request, reply) => fetchPack(gate, request, reply))
    git.post<Params>('/-/git/:project/git-receive-pack', (request, reply) => push(gate, request, reply))
    done()
  })
}

async function advertise(gate: Gate, request: FastifyRequest<Params>, reply: FastifyReply): Promise<FastifyReply> {
  const service = parseService(request.query.service)
  if (service === null) return reply.code(403).send('Please upgrade your git client.\n')
  const found = await admitGit(gate, request, reply, service)
  if (found === null) return reply
  const { app } = gate
  const stream = advertiseRefs(app.repositories.open(found.project.id), service, serveOptions(app, request))
  return reply.header('cache-control', 'no-cache').type(`application/x-${service}-advertisement`).send(stream)
}

async function fetchPack(gate: Gate, request: FastifyRequest<Params>, reply: FastifyReply): Promise<FastifyReply> {
  const found = await admitGit(gate, request, reply, 'git-upload-pack')
  if (found === null) return reply
  const { app } = gate
  const repository = app.repositories.open(found.project.id)
  const stream = uploadPack(repository, request.body as Readable, serveOptions(app, request))
  return reply.header('cache-control', 'no-cache').type('application/x-git-upload-pack-result').send(stream)
}

async function push(gate: Gate, request: FastifyRequest<Params>, reply: FastifyReply): Promise<FastifyReply> {
  const found = await admitGit(gate, request, reply, 'git-receive-pack')
  if (found === null || found.actor === null) return reply
  const { app } = gate
  const answer = await receivePack(app.repositories.open(found.project.id), request.body as Readable, {
    ...serveOptions(app, request),
    ...pushHooks(app, found.project, found.actor),
    maxPackBytes,
  })
  if (!answer.ok) return reply.code(400).send(`${answer.error.problem}\n`)
  return reply.header('cache-control', 'no-cache').type('application/x-git-receive-pack-result').send(answer.value)
}

/** What happens around one push: noted before git moves anything, settled when git is done, whatever becomes of the client. */
function pushHooks(
  app: App,
  project: Project,
  actor: Actor,
): Pick<ReceiveOptions, 'authorize' | 'onUpdated' | 'onNothingUpdated'> {
  let noted: NotedPush[] = []
  return {
    authorize: async (updates, options) => {
      const refusal = pushRefusal(project, updates)
      if (refusal === null) noted = await notePush(app, { project, actor, updates, options })
      return refusal
    },
    onUpdated: async (updates) => {
      const sentences = await finishPush(app, noted, new Set(updates.map((update) => update.ref)))
      return sentences.length > 0 ? sentences.join('\n') : null
    },
    onNothingUpdated: async () => {
      await finishPush(app, noted, new Set())
    },
  }
}

function serveOptions(app: App, request: FastifyRequest) {
  const protocol = request.headers['git-protocol']
  return {
    gitProtocol: typeof protocol === 'string' ? protocol : undefined,
    gzip: request.headers['content-encoding'] === 'gzip',
    onProblem: (error: Error) => app.log.warn({ err: error }, 'git'),
  }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
