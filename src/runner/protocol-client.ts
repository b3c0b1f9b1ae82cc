import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import {
  formatContentRange,
  JOB_STATUS_HEADER,
  JOB_TOKEN_HEADER,
  type JobPayload,
  type JobStatusSignal,
  jobPayloadSchema,
  jobStatusSignal,
  LAST_UPDATE_HEADER,
  parseTraceRange,
  parseUpdateInterval,
  RUNNER_TOKEN_HEADER,
  type RunnerInfo,
  TRACE_UPDATE_INTERVAL_HEADER,
} from '../contract/runner-protocol.ts'

/** Which job a call is about, and the right to make it. */
export interface JobRef {
  readonly id: number
  readonly token: string
}

export type JobRequestResult =
  | { readonly kind: 'job'; readonly job: JobPayload }
  /** 201 with a body this runner cannot use. */
  | { readonly kind: 'unreadable'; readonly ref: JobRef | null; readonly problem: string }
  | { readonly kind: 'none' }
  /** 403: the runner's token is not (or no longer) valid. */
  | { readonly kind: 'forbidden'; readonly problem: string }
  | { readonly kind: 'failed'; readonly problem: string }

export interface JobUpdate {
  readonly state: 'running' | 'success' | 'failed'
  readonly failure_reason?: string
  readonly exit_code?: number
  readonly output?: { readonly checksum: string; readonly bytesize: number }
}

/** What the server made of an update or a piece of log. */
export interface JobReply {
  /**
   * accepted; repeat: send it again later (202); rewind: send the log from `size` on (416, 412); gone: the job is no longer
   * this runner's (403, 404); conflict: the job is in another state (409); failed: transport, 5xx and the rest.
   */
  readonly outcome: 'accepted' | 'repeat' | 'rewind' | 'gone' | 'conflict' | 'failed'
  /** Also `abort` when the outcome is gone. */
  readonly signal: JobStatusSignal
  /** With `rewind` and after an accepted piece of log: the server's size. */
  readonly size: number
  /** Seconds between updates; null: unchanged. */
  readonly interval: number | null
  /** For the runner's own log. */
  readonly problem: string
}

export interface ProtocolClient {
  requestJob(signal: AbortSignal): Promise<JobRequestResult>
  updateJob(ref: JobRef, update: JobUpdate): Promise<JobReply>
  /** `bytes`: 1 byte to 1 MiB, at offset `start`. */
  patchTrace(ref: JobRef, start: number, bytes: Buffer, debug: boolean): Promise<JobReply>
  /** `path` below /api/v4 or an absolute URL. Redirects are not followed. Throws on transport errors. */
  fetch(path: string, init: RequestInit): Promise<Response>
}

const UPDATE_TIMEOUT = 60_000
const unreadableSchema = z.object({ id: z.int().positive(), token: z.string().min(1) })

/** The client side of GitLab Runner's HTTP protocol. No call of it retries by itself; none but `fetch` throws. */
export function makeProtocolClient(options: {
  readonly url: string
  readonly token: string
  readonly systemId: string
  readonly info: RunnerInfo
  readonly requestTimeout: number
}): ProtocolClient {
  const base = `${options.url.replace(/\/+$/, '')}/api/v4`
  let lastUpdate: string | undefined

  async function call(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set(
      'user-agent',
      `countersign-runner ${options.info.version} (${options.info.platform}/${options.info.architecture})`,
    )
    headers.set('x-request-id', randomBytes(16).toString('hex'))
    return fetch(path.startsWith('/') ? base + path : path, { ...init, headers, redirect: 'manual' })
  }

  async function sendJson(
    method: string,
    path: string,
    header: Record<string, string>,
    body: object,
    signal: AbortSignal,
  ) {
    const response = await call(path, {
      method,
      headers: { ...header, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
    return { response, text: await response.text() }
  }

  async function requestJob(signal: AbortSignal): Promise<JobRequestResult> {
    const body = {
      token: options.token,
      system_id: options.systemId,
      info: options.info,
      ...(lastUpdate === undefined ? {} : { last_update: lastUpdate }),
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(options.requestTimeout)])
    try {
      const { response, text } = await sendJson(
        'POST',
        '/jobs/request',
        { [RUNNER_TOKEN_HEADER]: options.token },
        body,
        limit,
      )
      lastUpdate = response.headers.get(LAST_UPDATE_HEADER) ?? lastUpdate
      if (response.status === 201) return readJob(text)
      if (response.status === 204) return { kind: 'none' }
      const problem = `${response.status} ${text.slice(0, 500)}`
      return response.status === 403 ? { kind: 'forbidden', problem } : { kind: 'failed', problem }
    } catch (error) {
      return { kind: 'failed', problem: transportProblem(error) }
    }
  }

  async function jobCall(send: () => Promise<{ response: Response; text: string }>, good: number): Promise<JobReply> {
    try {
      const { response, text } = await send()
      const signal = jobStatusSignal(response.headers.get(JOB_STATUS_HEADER))
      const outcome = outcomeOf(response.status, good)
      return {
        outcome,
        signal: outcome === 'gone' ? 'abort' : signal,
        size: response.status === 412 ? 0 : (parseTraceRange(response.headers.get('range')) ?? 0),
        interval: parseUpdateInterval(response.headers.get(TRACE_UPDATE_INTERVAL_HEADER)),
        problem: outcome === 'accepted' ? '' : `${response.status} ${text.slice(0, 500)}`,
      }
    } catch (error) {
      return { outcome: 'failed', signal: 'continue', size: 0, interval: null, problem: transportProblem(error) }
    }
  }

  return {
    requestJob,
    fetch: call,
    updateJob: (ref, update) =>
      jobCall(
        () =>
          sendJson(
            'PUT',
            `/jobs/${ref.id}`,
            { [JOB_TOKEN_HEADER]: ref.token },
            {
              token: ref.token,
              info: options.info,
              ...update,
              ...(update.output && { checksum: update.output.checksum }),
            },
            AbortSignal.timeout(UPDATE_TIMEOUT),
          ),
        200,
      ),
    patchTrace: (ref, start, bytes, debug) =>
      jobCall(async () => {
        const response = await call(`/jobs/${ref.id}/trace?debug_trace=${debug}`, {
          method: 'PATCH',
          headers: {
            [JOB_TOKEN_HEADER]: ref.token,
            'content-type': 'text/plain',
            'content-range': formatContentRange(start, bytes.length),
          },
          body: new Uint8Array(bytes),
          signal: AbortSignal.timeout(UPDATE_TIMEOUT),
        })
        return { response, text: await response.text() }
      }, 202),
  }
}

/** `good` is 200 for updates (where 202 means "not yet") and 202 for the log. */
function outcomeOf(status: number, good: number): JobReply['outcome'] {
  if (status === good) return 'accepted'
  if (status === 202) return 'repeat'
  if (status === 416 || status === 412) return 'rewind'
  if (status === 403 || status === 404) return 'gone'
  return status === 409 ? 'conflict' : 'failed'
}

function readJob(text: string): JobRequestResult {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return { kind: 'unreadable', ref: null, problem: 'the job is not JSON' }
  }
  const job = jobPayloadSchema.safeParse(body)
  if (job.success) return { kind: 'job', job: job.data }
  const ref = unreadableSchema.safeParse(body)
  return { kind: 'unreadable', ref: ref.success ? ref.data : null, problem: z.prettifyError(job.error) }
}

function transportProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
