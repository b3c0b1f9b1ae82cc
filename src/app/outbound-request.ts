/** One POST to an address that somebody else chose: bounded in time and size, and judged again at every redirect. */
import type { LookupAddress } from 'node:dns'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { err, ok, type Result } from '../domain/result.ts'
import { type Destination, judgeDestination, type OutboundSettings } from './outbound-guard.ts'

export interface OutboundRequest {
  readonly url: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** Names of headers, in lower case, that only the first origin may see. */
  readonly secretHeaders: ReadonlySet<string>
  readonly verifyCertificate: boolean
  readonly settings: OutboundSettings
  /** Names to addresses, instead of the system's way. */
  readonly resolve?: (name: string) => Promise<readonly LookupAddress[]>
  /** Ends the request before its time. */
  readonly signal: AbortSignal
}

export interface OutboundAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Why there was no answer, as a sentence without the address. */
export type OutboundFailure = string

/** All of it, redirects included, in milliseconds (GitLab `webhook_timeout`: 10 seconds). */
const timeLimit = 10_000
const mostRedirects = 5
/** GitLab's limits for what is kept of an answer. */
const keptBody = 8 * 1024
const keptHeaders = 50
const keptHeader = 1024

/** Sends it. A redirect with 307 or 308 is a POST again, any other one a GET, as HTTP clients have it. */
export async function sendOutbound(outbound: OutboundRequest): Promise<Result<OutboundAnswer, OutboundFailure>> {
  const timer = AbortSignal.timeout(timeLimit)
  const signal = AbortSignal.any([timer, outbound.signal])
  let next = { url: outbound.url, method: 'POST' }
  const first = originOf(outbound.url)
  try {
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const judged = await judgeDestination(next.url, outbound.settings, outbound.resolve)
      if (!judged.ok) return err(`URL is blocked: ${judged.error.sentence}`)
      signal.throwIfAborted()
      const answer = await exchange(judged.value, outbound, {
        method: next.method,
        trusted: judged.value.url.origin === first,
        signal,
      })
      const to = redirectOf(answer.message, judged.value.url)
      if (to === null) return ok(answer.kept)
      const again = answer.message.statusCode === 307 || answer.message.statusCode === 308
      next = { url: to, method: again ? next.method : 'GET' }
    }
    return err('Too many redirects')
  } catch (error) {
    if (timer.aborted) return err('Request timed out')
    return err(failureOf(error))
  }
}

interface Exchange {
  readonly method: string
  readonly trusted: boolean
  readonly signal: AbortSignal
}

async function exchange(
  { url, addresses }: Destination,
  outbound: OutboundRequest,
  { method, trusted, signal }: Exchange,
): Promise<{ message: IncomingMessage; kept: OutboundAnswer }> {
  const posting = method === 'POST'
  const headers = Object.entries(outbound.headers).filter(
    ([name]) =>
      (trusted || !outbound.secretHeaders.has(name.toLowerCase())) &&
      (posting || name.toLowerCase() !== 'content-type'),
  )
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    method,
    headers: { ...Object.fromEntries(headers), ...(posting ? { 'Content-Length': String(outbound.body.length) } : {}) },
    // A connection of its own: what was judged for one request must not serve another.
    agent: false,
    rejectUnauthorized: outbound.verifyCertificate,
    signal,
    lookup: (_host, { all }, callback) => {
      const [address] = addresses
      if (all) callback(null, [...addresses])
      else callback(null, address?.address ?? '', address?.family)
    },
    ...credentialsOf(url, trusted),
  }
  const bare = new URL(url.href)
  bare.username = ''
  bare.password = ''
  return new Promise((resolve, reject) => {
    const onAnswer = (message: IncomingMessage) => {
      readBody(message).then((body) => resolve({ message, kept: keep(message, body) }), reject)
    }
    const sent =
      url.protocol === 'https:' ? httpsRequest(bare, options, onAnswer) : httpRequest(bare, options, onAnswer)
    sent.on('error', reject)
    sent.end(posting ? outbound.body : undefined)
  })
}

/** User and password of the URL, for the first origin alone. */
function credentialsOf(url: URL, trusted: boolean): { auth?: string } {
  if (!trusted || (url.username === '' && url.password === '')) return {}
  return { auth: `${decode(url.username)}:${decode(url.password)}` }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The beginning of the body; the rest is not waited for. */
async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size >= keptBody) break
  }
  message.destroy()
  return Buffer.concat(chunks).subarray(0, keptBody).toString('utf8').replaceAll('\0', '')
}

function keep(message: IncomingMessage, body: string): OutboundAnswer {
  const headers: Record<string, string> = {}
  for (let at = 0; at < message.rawHeaders.length && Object.keys(headers).length < keptHeaders; at += 2) {
    const name = message.rawHeaders[at] ?? ''
    headers[name] = (message.rawHeaders[at + 1] ?? '').slice(0, keptHeader)
  }
  return { status: message.statusCode ?? 0, headers, body }
}

function redirectOf(message: IncomingMessage, from: URL): string | null {
  const { statusCode = 0, headers } = message
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return null
  return URL.canParse(headers.location, from.href) ? new URL(headers.location, from.href).href : 'invalid:'
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null
}

/** Node's codes, which name no address; the messages do. */
function failureOf(error: unknown): string {
  const code = error !== null && typeof error === 'object' ? Reflect.get(error, 'code') : undefined
  if (code === 'ECONNREFUSED') return 'Connection refused'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'Connection reset'
  if (code === 'ABORT_ERR') return 'The server is stopping'
  return typeof code === 'string' ? `Request failed: ${code}` : 'Request failed'
}
