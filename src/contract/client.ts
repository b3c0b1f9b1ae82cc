/** The typed client of the API: for the command line, the pages, and the tests. */
import { type ClientRequest, clientRequest } from './client-request.ts'
import type { Operation, RequestOf, ResponseOf } from './operation.ts'

/** How a request reaches a server: `fetchTransport`, or anything a test puts in its place. */
export type Transport = (request: ClientRequest) => Promise<ClientResponse>

export interface ClientResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

/** The server's refusal. `message` is a sentence for a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** As the server sent it. */
  readonly body: unknown

  constructor(status: number, body: unknown) {
    super(sentenceIn(body) ?? `The server answered ${status}.`)
    this.status = status
    this.body = body
  }
}

/** The server could not be asked, or broke off; whether it did anything is unknown. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** One element of the answer of an operation that answers a list. */
export type ItemOf<O extends Operation> = ResponseOf<O> extends readonly (infer T)[] ? T : never

/** One page of a list. */
export interface ClientPage<T> {
  readonly items: readonly T[]
  /** Null on the last page. */
  readonly nextPage: number | null
  /** Of all pages together; null when the server did not count them. */
  readonly total: number | null
}

export interface Client {
  /** @throws ApiError, Unreachable */
  call<O extends Operation>(operation: O, input: RequestOf<O>): Promise<ResponseOf<O>>
  /** The answer of an operation that is not JSON, as it came. */
  bytes<O extends Operation>(operation: O, input: RequestOf<O>): Promise<Uint8Array>
  /** The page of a list that `input.page` names, the first by default. */
  page<O extends Operation>(operation: O, input: RequestOf<O>): Promise<ClientPage<ItemOf<O>>>
  /** Every item of a list, page by page as they are asked for. */
  each<O extends Operation>(operation: O, input: RequestOf<O>): AsyncGenerator<ItemOf<O>, void>
  /** Every item of a list. */
  all<O extends Operation>(operation: O, input: RequestOf<O>): Promise<ItemOf<O>[]>
}

export function makeClient(transport: Transport): Client {
  const send = async (request: ClientRequest): Promise<ClientResponse> => {
    const response = await transport(request)
    if (response.status < 400) return response
    throw new ApiError(response.status, await bodyOf(response))
  }

  async function* each<O extends Operation>(operation: O, input: RequestOf<O>): AsyncGenerator<ItemOf<O>, void> {
    let request: ClientRequest | null = clientRequest(operation, input)
    while (request) {
      const response: ClientResponse = await send(request)
      yield* (await bodyOf(response)) as ItemOf<O>[]
      // Only the query of the link is taken: the server may be known by another name from here.
      const next = nextLink(response.headers.get('link'))
      request = next === null ? null : { ...request, query: new URL(next, 'http://server').search.slice(1) }
    }
  }

  async function call<O extends Operation>(operation: O, input: RequestOf<O>): Promise<ResponseOf<O>> {
    return (await bodyOf(await send(clientRequest(operation, input)))) as ResponseOf<O>
  }

  async function page<O extends Operation>(operation: O, input: RequestOf<O>): Promise<ClientPage<ItemOf<O>>> {
    const response = await send(clientRequest(operation, input))
    const number = (name: string) => Number(response.headers.get(name) || Number.NaN)
    const [next, total] = [number('x-next-page'), number('x-total')]
    return {
      items: (await bodyOf(response)) as ItemOf<O>[],
      nextPage: Number.isNaN(next) ? null : next,
      total: Number.isNaN(total) ? null : total,
    }
  }

  async function all<O extends Operation>(operation: O, input: RequestOf<O>): Promise<ItemOf<O>[]> {
    const items: ItemOf<O>[] = []
    for await (const item of each(operation, input)) items.push(item)
    return items
  }

  async function bytes<O extends Operation>(operation: O, input: RequestOf<O>): Promise<Uint8Array> {
    return new Uint8Array(await (await send(clientRequest(operation, input))).arrayBuffer())
  }

  return { call, bytes, page, each, all }
}

export interface FetchTransportOptions {
  /** Of the server, without /api/v4. */
  readonly baseUrl: string
  /** An access token; without one the calls are anonymous, or carry the browser's cookie. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Default: followed, as the platform does. */
  readonly redirect?: 'error' | 'follow' | 'manual'
}

/** Over HTTP with the platform's fetch. */
export function fetchTransport({ baseUrl, token, headers, signal, redirect }: FetchTransportOptions): Transport {
  const base = `${baseUrl.replace(/\/+$/, '')}/api/v4`
  return async ({ method, path, query, body }) => {
    try {
      return await fetch(`${base}${path}${query === '' ? '' : `?${query}`}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { 'private-token': token }),
          ...(body === null ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
        ...(redirect ? { redirect } : {}),
      })
    } catch (cause) {
      signal?.throwIfAborted()
      throw new Unreachable(`Cannot reach ${baseUrl}: ${reasonOf(cause)}`, { cause })
    }
  }
}

async function bodyOf(response: ClientResponse): Promise<unknown> {
  const text = await response.text()
  if (text === '') return undefined
  return response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text
}

/** The target of `rel="next"` in a Link header (RFC 8288). */
export function nextLink(header: string | null): string | null {
  return /<([^>]*)>\s*;\s*rel="next"/.exec(header ?? '')?.[1] ?? null
}

/** The sentence inside GitLab's several shapes of errors: `message` (text, list, or field → problems), then `error`. */
function sentenceIn(body: unknown): string | null {
  if (typeof body === 'string') return body
  if (body === null || typeof body !== 'object') return null
  const { message, error, error_description: description } = body as Record<string, unknown>
  if (typeof message === 'string') return message
  if (Array.isArray(message)) return message.join(', ')
  if (message !== null && typeof message === 'object') {
    return Object.entries(message)
      .map(([field, problems]) => `${field} ${Array.isArray(problems) ? problems.join(', ') : String(problems)}`)
      .join(', ')
  }
  if (typeof description === 'string') return description
  return typeof error === 'string' ? error : null
}

/** fetch hides the reason one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return String(cause)
  // Node tries every address of a name and answers all the failures in one error without a message.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : undefined
  return first instanceof Error ? first.message : cause.message
}
