/** What is answered where no route is: 404, or 405 where the path has other methods. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Operation } from '../contract/operation.ts'
import { replyOf } from './errors.ts'

/** A handler for calls that no route takes. The paths of the API are no secret, so nobody is asked who they are. */
export function answerNoRoute(operations: readonly Operation[]) {
  const known = operations.map(({ method, path }) => ({ method, path: patternOf(path) }))
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?')[0] ?? ''
    const methods = new Set(known.filter((one) => one.path.test(path)).map((one) => one.method))
    reply.header('content-type', 'application/json').serializer(JSON.stringify)
    if (methods.size === 0) return reply.code(404).send({ error: '404 Not Found' })
    const { status, body } = replyOf({ code: 'method_not_allowed' })
    return reply
      .code(status)
      .header('allow', [...methods].join(', '))
      .send(body)
  }
}

/** `/a/:id/b.:format` takes anything but a slash for `:id` and `:format`. */
function patternOf(path: string): RegExp {
  const pattern = path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')
  return new RegExp(`^/api/v4${pattern}/?$`)
}
