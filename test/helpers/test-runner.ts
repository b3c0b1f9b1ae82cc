/** A runner that a test drives call by call, in the protocol's own words. */
import { randomBytes } from 'node:crypto'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { featuresOf, type RunnerFeature } from '../../src/contract/runner-protocol.ts'
import { digestOf, newToken } from '../../src/db/digest.ts'
import { insertRunner } from '../../src/db/runners.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { TestServer } from './server.ts'

export interface TestRunner {
  readonly id: number
  readonly token: string
  /** One request for a job; null when there is none. Held as long as the server holds it. */
  request(signal?: AbortSignal): Promise<JobPayload | null>
  /** Tells a state; answers the status code and the job's status header. */
  update(
    job: JobPayload,
    state: string,
    more?: object,
  ): Promise<{ readonly code: number; readonly jobStatus: string | null }>
  /** @param query for example `?debug_trace=true` */
  log(
    job: JobPayload,
    start: number,
    text: string,
    query?: string,
  ): Promise<{ readonly code: number; readonly range: string | null }>
  /** Begins and ends a job at once. */
  finish(job: JobPayload, state?: 'success' | 'failed', more?: object): Promise<void>
}

/** Registers an instance runner (or one of `projectId`) straight in the database. */
export async function aRunner(
  server: TestServer,
  options: {
    tags?: string[]
    projectId?: number
    twoPhase?: boolean
    graceful?: boolean
    url?: string
    /** What it cannot do. */
    lacks?: readonly RunnerFeature[]
  } = {},
): Promise<TestRunner> {
  const token = newToken('glrt-')
  const systemId = `s_${randomBytes(6).toString('hex')}`
  const features = {
    ...featuresOf((name) => !options.lacks?.includes(name)),
    two_phase_job_commit: options.twoPhase ?? true,
    cancel_gracefully: options.graceful ?? false,
  }
  const id = await inTransaction(server.app.db, (tx) =>
    insertRunner(tx, {
      type: options.projectId === undefined ? 'instance_type' : 'project_type',
      ownerId: options.projectId ?? null,
      token,
      description: 'a runner of a test',
      maintenanceNote: null,
      paused: false,
      locked: false,
      runUntagged: true,
      accessLevel: 'not_protected',
      maximumTimeout: null,
      tags: options.tags ?? [],
      registration: 'authenticated_user',
      creatorId: null,
    }),
  )
  const base = `${options.url ?? server.url}/api/v4`
  const json = { 'content-type': 'application/json' }
  const runner: TestRunner = {
    id,
    token,
    async request(signal) {
      const body = JSON.stringify({ token, system_id: systemId, info: { version: '19.4.0', features } })
      const response = await fetch(`${base}/jobs/request`, {
        method: 'POST',
        headers: json,
        body,
        ...(signal ? { signal } : {}),
      })
      if (response.status === 204) return null
      if (response.status !== 201) throw new Error(`jobs/request: ${response.status} ${await response.text()}`)
      return (await response.json()) as JobPayload
    },
    async update(job, state, more = {}) {
      const body = JSON.stringify({ token: job.token, state, ...more })
      const response = await fetch(`${base}/jobs/${job.id}`, { method: 'PUT', headers: json, body })
      await response.text()
      return { code: response.status, jobStatus: response.headers.get('job-status') }
    },
    async log(job, start, text, query = '') {
      const data = Buffer.from(text)
      const response = await fetch(`${base}/jobs/${job.id}/trace${query}`, {
        method: 'PATCH',
        headers: {
          'content-type': 'text/plain',
          'job-token': job.token,
          'content-range': `${start}-${start + data.length - 1}`,
        },
        body: data,
      })
      await response.text()
      return { code: response.status, range: response.headers.get('range') }
    },
    async finish(job, state = 'success', more = {}) {
      const begun = await runner.update(job, 'running')
      const ended = await runner.update(job, state, more)
      if (begun.code !== 200 || ended.code !== 200) throw new Error(`finish: ${begun.code} ${ended.code}`)
    },
  }
  return runner
}

/** The digest under which a token is stored, for tests that look for it. */
export { digestOf }
