import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { crc32, gunzipSync } from 'node:zlib'
import { vi } from 'vitest'
import {
  formatChecksum,
  type JobPayload,
  type JobPayloadInput,
  jobPayloadSchema,
  parseContentRange,
  requestJobSchema,
  type UpdateJob,
  updateJobSchema,
} from '../../../src/contract/runner-protocol.ts'

export const RUNNER_TOKEN = 'glrt-testrunnertoken00001'

export interface Upload {
  readonly type: string
  readonly format: string
  readonly expireIn: string | null
  readonly fileName: string
  readonly bytes: Buffer
}

/** A job as the server sees it. */
export interface ServerJob {
  readonly payload: JobPayload
  readonly token: string
  status: 'pending' | 'assigned' | 'running' | 'canceling' | 'canceled' | 'success' | 'failed'
  trace: Buffer
  readonly updates: UpdateJob[]
  readonly uploads: Upload[]
  /** Pieces of log that arrived. */
  pieces: number
  /** The server asked for the whole log again. */
  rewound: boolean
  log(): string
  /** The final update. */
  finished(): Promise<UpdateJob>
  logged(text: string): Promise<void>
}

export interface FakeServer {
  readonly url: string
  /** Everything a correct runner would not have done. */
  readonly violations: string[]
  readonly lastUpdates: (string | undefined)[]
  readonly systemIds: Set<string>
  /** Archives by id of the job that made them, for dependencies. */
  readonly archives: Map<number, Buffer>
  /** Answers a call before the server does; true: it did. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  job(payload: Partial<JobPayloadInput> & { script?: string[] }): ServerJob
  /** Closes every connection and refuses new ones until `open`. */
  shut(): Promise<void>
  open(): Promise<void>
  close(): Promise<void>
}

const WAIT = { timeout: 30_000, interval: 5 }

/** Speaks the server's side of the protocol strictly, and serves git repositories below `reposDir` with Basic authentication. */
export async function startFakeServer(reposDir: string): Promise<FakeServer> {
  const jobs: ServerJob[] = []
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  let nextId = 1000
  let version = 0

  function violation(text: string): void {
    server.violations.push(text)
  }

  function nextPending(): ServerJob | undefined {
    return jobs.find((job) => job.status === 'pending')
  }

  async function requestJob(body: unknown, response: ServerResponse): Promise<void> {
    const request = requestJobSchema.parse(body)
    if (request.token !== RUNNER_TOKEN) return reply(response, 403, { message: '403 Forbidden' })
    server.lastUpdates.push(request.last_update)
    server.systemIds.add(request.system_id ?? '')
    if (nextPending() === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 5000)
        held.push(() => {
          clearTimeout(timer)
          resolve()
        })
        response.on('close', () => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    if (response.destroyed) return
    response.setHeader('X-GitLab-Last-Update', `v${version}`)
    const job = nextPending()
    if (job === undefined) return reply(response, 204)
    job.status = 'assigned'
    reply(response, 201, job.payload)
  }

  function jobFor(request: IncomingMessage, response: ServerResponse, id: number): ServerJob | null {
    const job = jobs.find((one) => one.payload.id === id)
    if (job === undefined) return replyNull(response, 404)
    if (request.headers['job-token'] !== job.token) {
      violation(`wrong job token for ${request.method} ${request.url}`)
      return replyNull(response, 403)
    }
    response.setHeader('Job-Status', job.status)
    if (!['assigned', 'running', 'canceling'].includes(job.status)) {
      if (job.status !== 'canceled') violation(`${request.method} ${request.url} after the end of the job`)
      return replyNull(response, 403)
    }
    return job
  }

  function update(job: ServerJob, body: unknown, response: ServerResponse): void {
    const change = updateJobSchema.parse(body)
    job.updates.push(change)
    if (change.state === 'running') {
      if (job.status === 'assigned') job.status = 'running'
      response.setHeader('Job-Status', job.status)
      return reply(response, 200, {})
    }
    if (job.status === 'assigned') violation('the job ended without having been acknowledged')
    const checksum = formatChecksum(crc32(job.trace))
    if (change.output?.checksum !== checksum || change.output.bytesize !== job.trace.length) {
      job.rewound = true
      return reply(response, 412, { message: 'checksum' })
    }
    job.status = change.state === 'success' ? 'success' : 'failed'
    response.setHeader('Job-Status', job.status)
    reply(response, 200, {})
  }

  function patch(job: ServerJob, request: IncomingMessage, bytes: Buffer, response: ServerResponse): void {
    if (job.status === 'assigned') violation('log before acknowledgement')
    const range = parseContentRange(request.headers['content-range'])
    if (range === null) return reply(response, 400, {})
    if (range.end - range.start + 1 !== bytes.length) violation('Content-Range and length differ')
    if (request.headers['content-type'] !== 'text/plain') violation('log with another content type')
    if (range.start !== job.trace.length && !(job.rewound && range.start === 0)) {
      response.setHeader('Range', `0-${job.trace.length}`)
      return reply(response, 416, {})
    }
    job.trace = Buffer.concat([job.trace.subarray(0, range.start), bytes])
    job.rewound = false
    job.pieces += 1
    response.setHeader('Range', `0-${job.trace.length}`)
    reply(response, 202, {})
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (server.intercept?.(request, response) === true) return
    const url = new URL(request.url ?? '', 'http://server')
    if (url.pathname.startsWith('/git/')) return serveGit(reposDir, jobs, request, response, url)
    const bytes = await readBody(request)
    const json = (): unknown => JSON.parse(bytes.toString('utf8'))
    if (request.method === 'POST' && url.pathname === '/api/v4/jobs/request') return requestJob(json(), response)
    const match = /^\/api\/v4\/jobs\/(\d+)(\/trace|\/artifacts)?$/.exec(url.pathname)
    if (match === null) return reply(response, 404)
    if (request.method === 'GET') {
      const archive = server.archives.get(Number(match[1]))
      if (archive === undefined) return reply(response, 404)
      response.writeHead(200).end(archive)
      return
    }
    const job = jobFor(request, response, Number(match[1]))
    if (job === null) return
    if (request.method === 'PUT') return update(job, json(), response)
    if (request.method === 'PATCH') return patch(job, request, bytes, response)
    job.uploads.push(await readUpload(request, bytes, url))
    reply(response, 201, {})
  }

  const http = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      violation(`the server threw: ${String(error)}`)
      response.destroy()
    })
  })
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  let port = 0
  const listen = (): Promise<void> => new Promise((resolve) => http.listen(port, '127.0.0.1', resolve))
  const shut = (): Promise<void> =>
    new Promise((resolve) => {
      for (const wake of held.splice(0)) wake()
      http.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  await listen()
  port = (http.address() as AddressInfo).port

  const server: FakeServer = {
    url: `http://127.0.0.1:${port}`,
    violations: [],
    lastUpdates: [],
    systemIds: new Set(),
    archives: new Map(),
    intercept: null,
    job: ({ script, ...partial }) => {
      nextId += 1
      const token = `glcbt-${nextId}-secretjobtoken`
      const payload = jobPayloadSchema.parse({
        id: nextId,
        token,
        job_info: { name: 'test', stage: 'test', project_id: 7, project_name: 'demo' },
        git_info: { repo_url: '', ref: 'main', sha: '0'.repeat(40) },
        variables: [{ key: 'GIT_STRATEGY', value: 'none' }],
        steps: [{ name: 'script', script: script ?? ['true'] }],
        features: {
          trace_sections: true,
          failure_reasons: ['unknown_failure', 'runner_configuration_error', 'runner_interrupted', 'job_canceled'],
        },
        ...partial,
      })
      const job: ServerJob = {
        payload,
        token,
        status: 'pending',
        trace: Buffer.alloc(0),
        updates: [],
        uploads: [],
        pieces: 0,
        rewound: false,
        log: () => job.trace.toString('utf8'),
        finished: () =>
          vi.waitFor(() => {
            const last = job.updates.at(-1)
            if (last === undefined || !['success', 'failed'].includes(job.status))
              throw new Error(`still ${job.status}: ${job.log()}`)
            return last
          }, WAIT),
        logged: (text) =>
          vi.waitFor(() => {
            if (!job.log().includes(text)) throw new Error(`no ${text} in: ${job.log()}`)
          }, WAIT),
      }
      jobs.push(job)
      version += 1
      for (const wake of held.splice(0)) wake()
      return job
    },
    shut,
    open: listen,
    close: shut,
  }
  return server
}

function reply(response: ServerResponse, status: number, body?: unknown): void {
  if (body === undefined) response.writeHead(status).end()
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function replyNull(response: ServerResponse, status: number): null {
  reply(response, status, { message: String(status) })
  return null
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function readUpload(request: IncomingMessage, bytes: Buffer, url: URL): Promise<Upload> {
  const form = await new Response(new Uint8Array(bytes), {
    headers: { 'content-type': request.headers['content-type'] ?? '' },
  }).formData()
  const file = form.get('file')
  if (!(file instanceof File)) throw new Error('no part named file')
  return {
    type: url.searchParams.get('artifact_type') ?? '',
    format: url.searchParams.get('artifact_format') ?? '',
    expireIn: url.searchParams.get('expire_in'),
    fileName: file.name,
    bytes: Buffer.from(await file.arrayBuffer()),
  }
}

/** Smart HTTP as a server must serve it: a challenge first, then user gitlab-ci-token with the token of a running job. */
async function serveGit(
  reposDir: string,
  jobs: readonly ServerJob[],
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const [user, password] = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64')
    .toString()
    .split(':')
  if (user !== 'gitlab-ci-token' || !jobs.some((job) => job.status === 'running' && job.token === password)) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
    return
  }
  const body = await readBody(request)
  const [, repository = '', call] = /^\/git\/(.+\.git)\/(info\/refs|git-upload-pack)$/.exec(url.pathname) ?? []
  const advertise = call === 'info/refs'
  response.setHeader('content-type', `application/x-git-upload-pack-${advertise ? 'advertisement' : 'result'}`)
  if (advertise) response.write('001e# service=git-upload-pack\n0000')
  const args = [
    'upload-pack',
    '--stateless-rpc',
    ...(advertise ? ['--advertise-refs'] : []),
    join(reposDir, repository),
  ]
  const child = spawn('git', args, {
    env: { PATH: process.env.PATH, GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '') },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  child.stdin.end(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
  for await (const chunk of child.stdout) response.write(chunk)
  response.end()
}
