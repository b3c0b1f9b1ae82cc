/**
 * One definition per endpoint. Validation, types, the OpenAPI description, the typed client and the permission table are all
 * made from these values, so nothing about the API is said twice.
 */
import { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** How a caller proves who they are. `runner` and `none` operations do their own checking or need none. */
export type Auth = 'required' | 'optional' | 'runner' | 'none'

export interface Operation<Params extends z.ZodObject = z.ZodObject, Response extends z.ZodType = z.ZodType> {
  /** Unique, in camelCase: the name in the typed client and in OpenAPI. */
  readonly id: string
  readonly method: Method
  /** Below /api/v4, with `:name` for path parameters. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  /** Path, query and body parameters together: GitLab merges them for every verb. */
  readonly params: Params
  readonly response: Response
  /** Of the successful answer. */
  readonly status: number
  readonly auth: Auth
  /** Any one of these scopes is enough for a token. */
  readonly scopes: readonly string[]
  /** A job token of a running job is accepted too. */
  readonly jobToken: boolean
  /** Answers a page with GitLab's pagination headers; `params` then has `page` and `per_page`. */
  readonly paginated: boolean
  /** The answer is not JSON: this content type. */
  readonly raw: string | null
  /** `stream`: the body is not parsed, the handler reads it. */
  readonly body: 'parsed' | 'stream'
}

/** What a handler of this operation is given. */
export type InputOf<O extends Operation> = z.output<O['params']>
/** What a client passes. */
export type RequestOf<O extends Operation> = z.input<O['params']>
/** One element of the answer's body. */
export type ResponseOf<O extends Operation> = z.output<O['response']>

type Definition<Params extends z.ZodRawShape> = {
  id: string
  method: Method
  path: string
  tag: string
  summary: string
  params?: Params
  status?: number
  auth?: Auth
  scopes?: readonly string[]
  jobToken?: boolean
  raw?: string
  body?: 'parsed' | 'stream'
}

const defaultStatus: Record<Method, number> = { GET: 200, POST: 201, PUT: 200, PATCH: 200, DELETE: 204 }

/** An operation without parameters. */
type NoParams = Readonly<Record<string, never>>

/**
 * Defines an operation; without `response` it answers with no body. GET needs scope `api` or `read_api`, everything else `api`,
 * unless `scopes` says otherwise.
 */
export function operation<Response extends z.ZodType, Params extends z.ZodRawShape = NoParams>(
  definition: Definition<Params> & { response: Response },
): Operation<z.ZodObject<Params>, Response>
export function operation<Params extends z.ZodRawShape = NoParams>(
  definition: Definition<Params>,
): Operation<z.ZodObject<Params>, z.ZodVoid>
export function operation(definition: Definition<z.ZodRawShape> & { response?: z.ZodType }): Operation {
  const params = z.object(definition.params ?? {})
  return {
    id: definition.id,
    method: definition.method,
    path: definition.path,
    tag: definition.tag,
    summary: definition.summary,
    params,
    response: definition.response ?? z.void(),
    status: definition.status ?? defaultStatus[definition.method],
    auth: definition.auth ?? 'required',
    scopes: definition.scopes ?? (definition.method === 'GET' ? ['api', 'read_api'] : ['api']),
    jobToken: definition.jobToken ?? false,
    paginated: 'per_page' in params.shape,
    raw: definition.raw ?? null,
    body: definition.body ?? 'parsed',
  }
}

/** Names of the path parameters, in order. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '')
}
