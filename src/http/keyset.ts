/** Keyset pagination: a page says where the next one begins, and nothing is counted (GitLab REST API docs, Keyset-based pagination). */
import type { FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import { Raw } from './call.ts'

/**
 * A page as an answer.
 * @param next query parameters that ask for the next page; null on the last one
 */
export function keysetAnswer(
  app: App,
  request: FastifyRequest,
  items: readonly unknown[],
  next: Readonly<Record<string, string>> | null,
): Raw {
  const { pathname, search } = new URL(request.url, 'http://server')
  const url = new URL(app.externalUrl + pathname + search)
  for (const [name, value] of Object.entries(next ?? {})) url.searchParams.set(name, value)
  // Bytes, because a string would get a charset added to its content type.
  return new Raw(200, Buffer.from(JSON.stringify(items)), {
    'content-type': 'application/json',
    ...(next === null ? {} : { link: `<${url.href}>; rel="next"` }),
  })
}
