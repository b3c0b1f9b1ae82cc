/** Git over HTTP: clone, fetch and push at `/<group>/<project>.git` with a token as the password (reference D7). */
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import { finishPush, notePush } from '../app/push.ts'
import { findProject, type ProjectWithStanding } from '../db/projects.ts'
import type { NotedPush } from '../db/pushes.ts'
import { type Actor, refuse } from '../domain/access.ts'
import { receivePack } from '../git/receive-pack.ts'
import { advertiseRefs, type GitService, parseService, uploadPack } from '../git/smart-http.ts'
import { gitActor } from './git-auth.ts'

/** Of one push, in bytes. */
const maxPackBytes = 2 * 1024 * 1024 * 1024

type Params = { Params: { project: string }; Querystring: { service?: string } }

/** `/group/project.git/…` → `/-/git/group%2Fproject/…`, because the router cannot match a path in the middle. */
export function rewriteGitUrl(url: string): string {
  const match = /^\/([^?]+)\.git\/(info\/refs|git-upload-pack|git-receive-pack)(\?.*)?$/.exec(url)
  return match ? `/-/git/${encodeURIComponent(safeDecode(match[1] ?? ''))}/${match[2]}${match[3] ?? ''}` : url
}

export function addGitRoutes(server: FastifyInstance, app: App): void {
  void server.register((git, _options, done) => {
    // Packs are streamed to git, compressed or not, at any size.
    git.removeAllContentTypeParsers()
    git.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload))
    git.get<Params>('/-/git/:project/info/refs', (request, reply) => advertise(app, request, reply))
    git.post<Params>('/-/git/:project/git-upload-pack', (request, reply) => fetchPack(app, request, reply))
    git.post<Params>('/-/git/:project/git-receive-pack', (request, reply) => push(app, request, reply))
    done()
  })
}

async function advertise(app: App, request: FastifyRequest<Params>, reply: FastifyReply): Promise<FastifyReply> {
  const service = parseService(request.query.service)
  if (service === null) return reply.code(403).send('Please upgrade your git client.\n')
  const found = await enter(app, request, reply, service)
  if (found === null) return reply
  const stream = advertiseRefs(app.repositories.open(found.project.id), service, serveOptions(app, request))
  return reply.header('cache-control', 'no-cache').type(`application/x-${service}-advertisement`).send(stream)
}

async function fetchPack(app: App, request: FastifyRequest<Params>, reply: FastifyReply): Promise<FastifyReply> {
  const found = await enter(app, request, reply, 'git-upload-pack')
  if (found === null) return reply
  const stream = uploadPack(
    app.repositories.open(found.project.id),
    request.body as Readable,
    serveOptions(app, request),
  )
  return reply.header('cache-control', 'no-cache').type('application/x-git-upload-pack-result').send(stream)
}

async function push(app: App, request: FastifyRequest<Params>, reply: FastifyReply): Promise<FastifyReply> {
  const found = await enter(app, request, reply, 'git-receive-pack')
  if (found === null || found.actor === null) return reply
  const { project, actor } = found
  let noted: NotedPush[] = []
  const answer = await receivePack(app.repositories.open(project.id), request.body as Readable, {
    ...serveOptions(app, request),
    maxPackBytes,
    authorize: async (updates, options) => {
      noted = await notePush(app, { project, actor, updates, options })
      return null
    },
    onUpdated: async (updates) => {
      const sentences = await finishPush(app, noted, new Set(updates.map((update) => update.ref)))
      noted = []
      return sentences.length > 0 ? sentences.join('\n') : null
    },
  })
  if (!answer.ok) return reply.code(400).send(`${answer.error.problem}\n`)
  // A push of which nothing took effect leaves only its notes behind.
  answer.value.on('close', () => void finishPush(app, noted, new Set()).catch(() => undefined))
  return reply.header('cache-control', 'no-cache').type('application/x-git-receive-pack-result').send(answer.value)
}

/** Finds the project and asks whether the caller may fetch or push; answers null after having sent the refusal. */
async function enter(
  app: App,
  request: FastifyRequest<Params>,
  reply: FastifyReply,
  service: GitService,
): Promise<(ProjectWithStanding & { readonly actor: Actor | null }) | null> {
  const pushes = service === 'git-receive-pack'
  const actor = await gitActor(app.db, request, pushes)
  const found = actor === 'invalid' ? null : await findProject(app.db, request.params.project, actor)
  const action = pushes ? 'push_code' : 'download_code'
  const refusal = actor === 'invalid' || !found ? null : refuse(actor, action, found.standing, 'Project')
  if (actor !== 'invalid' && found && refusal === null && (actor !== null || !pushes)) return { ...found, actor }
  // Git offers its credentials only after a challenge, and whoever is not signed in must not learn what exists.
  if (actor === 'invalid' || actor === null) {
    await reply.code(401).header('www-authenticate', 'Basic realm="Countersign"').send('HTTP Basic: Access denied\n')
  } else if (!found || refusal?.code === 'not_found') {
    await reply
      .code(404)
      .send('The project you were looking for could not be found or you do not have permission to view it.\n')
  } else {
    await reply
      .code(403)
      .send(
        pushes
          ? 'You are not allowed to push code to this project.\n'
          : 'You are not allowed to download code from this project.\n',
      )
  }
  return null
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
