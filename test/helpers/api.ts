/** A tiny client that hides nothing: any verb, any body, status and headers as they come. */
export interface ApiAnswer<T> {
  readonly status: number
  readonly headers: Headers
  /** Parsed when it is JSON, the text otherwise, null when there is none. */
  readonly body: T
}

/** An object is sent as JSON, URLSearchParams as a form, text as it is. */
export type ApiBody = object | string

export interface Api {
  /** @param path below /api/v4, with its query */
  get<T = unknown>(path: string, headers?: Record<string, string>): Promise<ApiAnswer<T>>
  post<T = unknown>(path: string, body?: ApiBody, headers?: Record<string, string>): Promise<ApiAnswer<T>>
  put<T = unknown>(path: string, body?: ApiBody, headers?: Record<string, string>): Promise<ApiAnswer<T>>
  patch<T = unknown>(path: string, body?: ApiBody, headers?: Record<string, string>): Promise<ApiAnswer<T>>
  delete<T = unknown>(path: string, body?: ApiBody, headers?: Record<string, string>): Promise<ApiAnswer<T>>
}

/** @param base the server's URL @param token sent as PRIVATE-TOKEN */
export function apiAt(base: string, token?: string): Api {
  const call =
    (method: string) =>
    async <T>(path: string, body?: ApiBody, headers: Record<string, string> = {}): Promise<ApiAnswer<T>> => {
      const response = await fetch(`${base}/api/v4${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token === undefined ? {} : { 'private-token': token }),
          ...(isJson(body) ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isJson(body) ? JSON.stringify(body) : body }),
      })
      const text = await response.text()
      const json = response.headers.get('content-type')?.startsWith('application/json') ?? false
      return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text || null) as T }
    }
  const get = call('GET')
  return {
    get: (path, headers) => get(path, undefined, headers),
    post: call('POST'),
    put: call('PUT'),
    patch: call('PATCH'),
    delete: call('DELETE'),
  }
}

function isJson(body: ApiBody | undefined): body is object {
  return typeof body === 'object' && !(body instanceof URLSearchParams)
}
