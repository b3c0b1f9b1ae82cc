/** Keyset pagination: a page says where the next one begins, and nothing is counted (GitLab REST API docs, Keyset-based pagination). */
import type { FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import type { RowKey } from '../db/row-key.ts'
import { Raw } from './call.ts'
import { keyCursor } from './cursor.ts'

/** GitLab's answer where a list has no keys for the order that is asked for. */
export function keysetUnavailable(): Raw {
  const body = JSON.stringify({ error: 'Keyset pagination is not yet available for this type of request' })
  return new Raw(405, body, { 'content-type': 'application/json' })
}

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

/**
 * A page of rows that carry their keys.
 * @param found one row more than a page has, when there is one
 */
export function keyedAnswer<T extends { readonly key: RowKey }>(
  app: App,
  request: FastifyRequest,
  found: readonly T[],
  size: number,
  present: (row: T) => object,
): Raw {
  const items = found.slice(0, size)
  const last = found.length > size ? items.at(-1) : undefined
  return keysetAnswer(app, request, items.map(present), last ? { cursor: keyCursor(last.key) } : null)
}
