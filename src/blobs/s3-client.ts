/** Signed requests to an S3-compatible store (Amazon S3 API Reference), each tried again while the store cannot answer. */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import type { ObjectStoreTarget } from '../domain/object-store-url.ts'

/** What the store answered instead of what was asked for. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly status: number
  /** `NoSuchKey`, `AccessDenied` …; empty when the answer was not S3's. */
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
}

export interface S3Client {
  /** The answer with a status below 300; its body is the caller's to read. @throws S3Error, or the network's error */
  send(request: S3Request): Promise<Response>
}

const attempts = 4
const firstPauseMs = 100
/** Besides these the store did not take the request, or will not change its mind. */
const worthAnotherTry = (status: number) => status === 429 || status >= 500

export function s3Client(target: ObjectStoreTarget): S3Client {
  const { accessKeyId, secretAccessKey, sessionToken, region } = target
  const session = sessionToken === null ? {} : { sessionToken }
  const signer = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0, ...session })

  async function once({ method, key, query = {}, headers = {}, body }: S3Request): Promise<Response> {
    const url = new URL(`${target.endpoint}/${target.bucket}/${target.prefix}${key}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    // The body's hash is signed too, so that nothing changes on the way even without TLS.
    const hash = createHash('sha256')
      .update(body ?? '')
      .digest('hex')
    const signed = await signer.sign(url, {
      method,
      headers: { ...headers, 'x-amz-content-sha256': hash },
      ...(body ? { body } : {}),
    })
    // Signed without the body, which would then be a stream that can be sent once and has no length.
    return fetch(signed.url, { method, headers: signed.headers, redirect: 'error', ...(body ? { body } : {}) })
  }

  return {
    async send(request) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const response = await once(request)
          if (response.status < 300) return response
          const error = await errorOf(response)
          if (attempt === attempts || !worthAnotherTry(response.status)) throw error
        } catch (error) {
          if (attempt === attempts || error instanceof S3Error) throw error
        }
        await delay(firstPauseMs * 4 ** (attempt - 1) * (0.5 + Math.random() / 2))
      }
    },
  }
}

async function errorOf(response: Response): Promise<S3Error> {
  const text = await response.text()
  const code = xmlText(text, 'Code') ?? ''
  return new S3Error(response.status, code, xmlText(text, 'Message') ?? `The store answered ${response.status}.`)
}

/** What the first element of this name holds; null when there is none. */
export function xmlText(xml: string, element: string): string | null {
  const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]
  if (found === undefined) return null
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  return found.replaceAll(/&(?:(lt|gt|quot|apos|amp)|#(\d{1,6}));/g, (_, name: string | undefined, code: string) =>
    name === undefined ? String.fromCodePoint(Number(code)) : (entities[name] ?? ''),
  )
}
