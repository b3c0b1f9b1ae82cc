/** The HTTP server: parsing, authentication, validation and answers for every operation, in one place. */
import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import type { Operation } from '../contract/operation.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { rewriteArtifactUrl } from './artifact-urls.ts'
import { authenticate } from './authenticate.ts'
import { Raw, type Route } from './call.ts'
import { hasCsrfToken } from './csrf.ts'
import { replyOf } from './errors.ts'
import { rewriteGitUrl } from './git-routes.ts'
import { mergedParams } from './merged-params.ts'
import { parseMultipartParams } from './multipart-params.ts'
import { answerNoRoute } from './no-route.ts'
import { isPage, pageHeaders } from './pagination.ts'
import { parseRackParams } from './rack-params.ts'
import { refuseSudo } from './sudo.ts'
import type { Throttling } from './throttle.ts'
import { validate } from './validate.ts'

/** Of JSON and form bodies; git and artifacts stream past it. */
const bodyLimit = 4 * 1024 * 1024

/** A server without routes; `addRoutes` and the plugins of git and pages add theirs. */
export function createServer(app: App): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit,
    trustProxy: 'loopback',
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    rewriteUrl: (request) => rewriteArtifactUrl(rewriteGitUrl(request.url ?? '/')),
    routerOptions: {
      maxParamLength: 2048,
      ignoreTrailingSlash: true,
      querystringParser: parseRackParams,
    },
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(String(body)))
    } catch {
      done(new BadBody('The request body is not valid JSON'), undefined)
    }
  })
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, parseRackParams(String(body)))
  })
  server.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      const params = await parseMultipartParams(request.headers['content-type'] ?? '', body)
      if (params === null) throw new BadBody('The request body is not a valid multipart form')
      return params
    },
  )
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
  })
  server.setErrorHandler((error, request, reply) => handleError(app, error, request, reply))
  return server
}

class BadBody extends Error {}

/** Registers every route below /api/v4. */
export function addRoutes(server: FastifyInstance, parts: Parts, routes: readonly Route[]): void {
  server.setNotFoundHandler(answerNoRoute(routes.map(({ operation }) => operation)))
  for (const route of routes.filter(({ operation }) => operation.body === 'parsed')) addRoute(server, parts, route)
  void server.register((streaming, _options, done) => {
    // Logs and artifacts are read by their handlers, at whatever size those allow.
    streaming.removeAllContentTypeParsers()
    streaming.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload))
    for (const route of routes.filter(({ operation }) => operation.body === 'stream')) addRoute(streaming, parts, route)
    done()
  })
}

interface Parts {
  readonly app: App
  readonly throttling: Throttling
}

function addRoute(server: FastifyInstance, parts: Parts, route: Route): void {
  const { method, path } = route.operation
  server.route({ method, url: `/api/v4${path}`, handler: (request, reply) => serve(parts, route, request, reply) })
}

async function serve(
  { app, throttling }: Parts,
  { operation, handle, authorizeFirst }: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const params = mergedParams(request)
  const actor = await callerOf(app, operation, request, params)
  const known = actor.ok ? actor.value : null
  const kind = known?.credential.kind === 'session' ? 'web' : 'api'
  // A runner that had to wait would hold up everybody's jobs.
  const counted = operation.auth !== 'runner'
  if (counted && (await throttling.refuses(request, reply, { actor: known, kind }))) return reply
  if (!actor.ok) return refuse(reply, actor.error)
  const knocked = await authorizeFirst?.({ app, actor: actor.value, input: { id: textOf(params['id']) } })
  if (knocked && !knocked.ok) return refuse(reply, knocked.error)
  const input = validate(operation.params, params)
  if (!input.ok) return refuse(reply, input.error)
  const answer = await handle({ app, input: input.value, actor: actor.value, request, reply })
  if (!answer.ok) return refuse(reply, answer.error)
  return send(app, operation, request, reply, input.value, answer.value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

async function callerOf(
  app: App,
  operation: Operation,
  request: FastifyRequest,
  params: Readonly<Record<string, unknown>>,
): Promise<Result<Actor | null, Refusal>> {
  if (operation.auth === 'none' || operation.auth === 'runner') return ok(null)
  const caller = await authenticate(app.db, request, params)
  if (!caller.ok) return caller
  const actor = caller.value
  const sudo = refuseSudo(actor, request, params)
  if (sudo !== null) return err(sudo)
  if (actor === null) return operation.auth === 'required' ? err({ code: 'unauthorized' }) : ok(null)
  return credentialRefusal(operation, actor, request) ?? ok(actor)
}

/** Scopes on every route; a job token only where the operation says so; a browser's write only with its CSRF token. */
function credentialRefusal(operation: Operation, actor: Actor, request: FastifyRequest): Result<never, Refusal> | null {
  const { credential } = actor
  switch (credential.kind) {
    case 'token':
      if (operation.scopes.some((scope) => credential.scopes.includes(scope))) return null
      return err({ code: 'insufficient_scope', scopes: operation.scopes })
    case 'job':
      return operation.jobToken ? null : err({ code: 'unauthorized' })
    case 'session':
      if (operation.method === 'GET' || hasCsrfToken(request)) return null
      return err({ code: 'unauthorized' })
    case 'system':
      return null
  }
}

function send(
  app: App,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  input: object,
  value: unknown,
): FastifyReply {
  if (value instanceof Raw)
    return reply
      .code(value.status)
      .headers(value.headers)
      .send(value.body ?? undefined)
  reply.code(operation.status)
  if (isPage(value)) {
    const url = new URL(request.url, app.externalUrl)
    const { page, per_page } = input as { page: number; per_page: number }
    reply.headers(pageHeaders(value, { page, per_page }, new URL(app.externalUrl + url.pathname + url.search)))
    return sendJson(reply, value.items)
  }
  if (value === undefined) return reply.send()
  return sendJson(reply, value)
}

/** Exactly `application/json`: gitbeaker compares the whole header. */
function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json').serializer(JSON.stringify).send(value)
}

function refuse(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, body, headers } = replyOf(refusal)
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="Countersign"')
  return sendJson(reply.code(status).headers(headers ?? {}), body)
}

function handleError(app: App, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = isOverload(error) ? 503 : statusOf(error)
  if (status === 503) {
    return sendJson(reply.code(503).header('retry-after', '1'), { message: '503 Service Unavailable' })
  }
  if (error instanceof BadBody) return sendJson(reply.code(400), { error: error.message })
  if (status === 413) return sendJson(reply.code(413), replyOf({ code: 'too_large' }).body)
  if (status === 415) return sendJson(reply.code(415), { error: 'The provided content-type is not supported.' })
  if (status !== null && status < 500) return sendJson(reply.code(status), replyOf({ code: 'bad_request' }).body)
  app.log.error(
    { err: error, method: request.method, path: request.url.split('?')[0], request_id: request.id },
    'request failed',
  )
  return sendJson(reply.code(500), { message: '500 Internal Server Error', request_id: request.id })
}

/** Every database connection was busy for longer than anybody should wait: the same call may work in a moment. */
function isOverload(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect'
}

function statusOf(error: unknown): number | null {
  const status = error !== null && typeof error === 'object' ? Reflect.get(error, 'statusCode') : undefined
  return typeof status === 'number' ? status : null
}
