/**
 * A small S3-compatible store in memory that is strict where real ones are: signatures (AWS Signature Version 4), hashes of bodies,
 * lengths, sizes and tags of parts. What it checks is written from Amazon's documentation, not from the client under test.
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ObjectStoreTarget } from '../../src/domain/object-store-url.ts'

export interface S3Server {
  readonly target: ObjectStoreTarget
  readonly objects: ReadonlyMap<string, Buffer>
  /** Multipart uploads that were begun and neither completed nor aborted. */
  readonly unfinished: ReadonlyMap<string, unknown>
  /** Method and path with query of every request. */
  readonly requests: readonly string[]
  /** Answers the next requests that this function names a fault for with it: a status, or a connection that ends. */
  faults: (request: string) => number | 'hang up' | 'error in 200' | null
  close(): Promise<void>
}

class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

const smallestPart = 5 * 1024 * 1024
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret/with+signs', region: 'eu-test-1' }

export async function startS3Server(bucket = 'countersign'): Promise<S3Server> {
  const objects = new Map<string, Buffer>()
  const unfinished = new Map<string, { key: string; parts: Map<number, { data: Buffer; tag: string }> }>()
  const requests: string[] = []
  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error
      const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${error.code}</Code><Message>about ${error.code}</Message></Error>`
      response.writeHead(error.status, { 'content-type': 'application/xml' }).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store: S3Server = {
    target: { endpoint, bucket, prefix: '', sessionToken: null, ...credentials },
    objects,
    unfinished,
    requests,
    faults: () => null,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return store

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', endpoint)
    const label = `${request.method} ${url.pathname}${url.search}`
    requests.push(label)
    const body = Buffer.concat((await request.toArray()) as Buffer[])
    const fault = store.faults(label)
    if (fault === 'hang up') return void request.socket.destroy()
    if (typeof fault === 'number') throw new Refused(fault, fault === 503 ? 'SlowDown' : 'InternalError')
    verify(request, url, body)
    const [, name, ...rest] = url.pathname.split('/')
    if (name !== bucket) throw new Refused(404, 'NoSuchBucket')
    const key = rest.map(decodeURIComponent).join('/')
    const upload = url.searchParams.get('uploadId')
    switch (request.method) {
      case 'PUT': {
        if (request.headers['content-length'] === undefined) throw new Refused(411, 'MissingContentLength')
        const tag = `"${createHash('md5').update(body).digest('hex')}"`
        if (upload === null) objects.set(key, body)
        else partsOf(upload, key).set(Number(url.searchParams.get('partNumber')), { data: body, tag })
        return void response.writeHead(200, { etag: tag }).end()
      }
      case 'GET': {
        const object = objects.get(key)
        if (!object) throw new Refused(404, 'NoSuchKey')
        const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
        const start = range ? Number(range[1]) : 0
        if (range && start >= object.length) throw new Refused(416, 'InvalidRange')
        return void response.writeHead(range ? 206 : 200).end(object.subarray(start))
      }
      case 'DELETE':
        if (upload === null) objects.delete(key)
        else if (!unfinished.delete(upload)) throw new Refused(404, 'NoSuchUpload')
        return void response.writeHead(204).end()
      case 'POST': {
        if (url.searchParams.has('uploads')) {
          const id = randomUUID()
          unfinished.set(id, { key, parts: new Map() })
          return void response.writeHead(200).end(`<R><UploadId>${id}</UploadId></R>`)
        }
        if (fault === 'error in 200') {
          return void response
            .writeHead(200)
            .end('<Error><Code>InternalError</Code><Message>too late</Message></Error>')
        }
        objects.set(key, joined(partsOf(upload ?? '', key), body.toString()))
        unfinished.delete(upload ?? '')
        return void response.writeHead(200).end('<CompleteMultipartUploadResult/>')
      }
      case undefined:
      default:
        throw new Refused(405, 'MethodNotAllowed')
    }
  }

  function partsOf(id: string, key: string) {
    const upload = unfinished.get(id)
    if (upload?.key !== key) throw new Refused(404, 'NoSuchUpload')
    return upload.parts
  }
}

function joined(parts: ReadonlyMap<number, { data: Buffer; tag: string }>, xml: string): Buffer {
  const listed = [...xml.matchAll(/<Part><PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag><\/Part>/g)]
  const data = listed.map(([, number, tag], index) => {
    const part = parts.get(Number(number))
    if (part?.tag !== tag?.replaceAll('&quot;', '"')) throw new Refused(400, 'InvalidPart')
    if (Number(number) !== index + 1) throw new Refused(400, 'InvalidPartOrder')
    if (index < listed.length - 1 && (part?.data.length ?? 0) < smallestPart) throw new Refused(400, 'EntityTooSmall')
    return part?.data ?? Buffer.alloc(0)
  })
  if (data.length === 0) throw new Refused(400, 'MalformedXML')
  return Buffer.concat(data)
}

/** AWS General Reference, "Create a signed AWS API request". */
function verify(request: IncomingMessage, url: URL, body: Buffer): void {
  const { headers } = request
  const auth = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  )
  if (!auth) throw new Refused(403, 'AccessDenied')
  const [, credential = '', signedHeaders = '', signature = ''] = auth
  const [id, day = '', region = '', service, terminator] = credential.split('/')
  const stamp = String(headers['x-amz-date'])
  const time = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (id !== credentials.accessKeyId) throw new Refused(403, 'InvalidAccessKeyId')
  if (region !== credentials.region || service !== 's3' || terminator !== 'aws4_request' || !stamp.startsWith(day)) {
    throw new Refused(400, 'AuthorizationHeaderMalformed')
  }
  if (!(Math.abs(Date.now() - time) < 15 * 60_000)) throw new Refused(403, 'RequestTimeTooSkewed')
  const names = signedHeaders.split(';')
  for (const name of ['host', 'x-amz-content-sha256', 'x-amz-date']) {
    if (!names.includes(name)) throw new Refused(403, 'AccessDenied')
  }
  const hash = String(headers['x-amz-content-sha256'])
  if (hash !== createHash('sha256').update(body).digest('hex')) throw new Refused(400, 'XAmzContentSHA256Mismatch')
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted()
  const path = url.pathname.split('/').map(decodeURIComponent).map(encode).join('/')
  const lines = names.map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, ' ')}\n`)
  const canonical = [request.method, path, query.join('&'), lines.join(''), signedHeaders, hash].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(
    (before, part) => createHmac('sha256', before).update(part).digest(),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  )
  const expected = createHmac('sha256', key).update(text).digest()
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new Refused(403, 'SignatureDoesNotMatch')
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
