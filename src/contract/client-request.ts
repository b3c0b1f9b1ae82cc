/** One call of an operation as a request: which parameter goes where. */
import { type Method, type Operation, pathParameters, type RequestOf } from './operation.ts'

export interface ClientRequest {
  readonly method: Method
  /** Below /api/v4, parameters filled in and escaped. */
  readonly path: string
  /** Without the question mark; empty for none. */
  readonly query: string
  /** Sent as JSON. */
  readonly body: Readonly<Record<string, unknown>> | null
}

/** Path parameters go into the path, the others of GET and DELETE into the query, of the other verbs into the body. */
export function clientRequest<O extends Operation>(operation: O, input: RequestOf<O>): ClientRequest {
  const params: Record<string, unknown> = { ...input }
  const inPath = pathParameters(operation.path)
  const path = operation.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const rest = Object.entries(params).filter(([name, value]) => value !== undefined && !inPath.includes(name))
  const { method } = operation
  if (method === 'GET' || method === 'DELETE') {
    return { method, path, query: rest.flatMap(([name, value]) => pairs(name, value)).join('&'), body: null }
  }
  return { method, path, query: '', body: Object.fromEntries(rest) }
}

/** Rails' way of writing nested values: `a[]=1`, `a[b]=1`, `a[][b]=1`. */
function pairs(name: string, value: unknown): string[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((item) => pairs(`${name}[]`, item))
  if (value instanceof Date) return pairs(name, value.toISOString())
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([key, inner]) => pairs(`${name}[${key}]`, inner))
  }
  return [
    `${encodeURIComponent(name)}=${encodeURIComponent(value === null ? '' : `${value as string | number | boolean}`)}`,
  ]
}
