/** Jobs API over real HTTP, with a runner that speaks the protocol. */
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { readLog } from '../../src/db/job-logs.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember, aToken, aUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  vote,
} from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 50 } })
})
afterAll(() => server.stop())

const file = `stages: [build, deploy]
workflow: { auto_cancel: { on_new_commit: none } }
compile: { stage: build, script: [make], tags: [linux] }
by-hand: { stage: build, script: [x], when: manual }
ship: { stage: deploy, script: [./ship], environment: production }
`

interface JobBody {
  id: number
  name: string
  status: string
  failure_reason?: string
  runner: { id: number } | null
  stuck: boolean
  stuck_reason: string | null
  retried: boolean
  erased_at: string | null
  user: { id: number }
}

const jobs = (world: DeploymentWorld) => `/projects/${world.project.id}/jobs`

async function jobsOf(world: DeploymentWorld, pipelineId: number): Promise<Map<string, JobBody>> {
  const { body } = await server
    .api(world.maintainer.token)
    .get<JobBody[]>(`/projects/${world.project.id}/pipelines/${pipelineId}/jobs`)
  return new Map(body.map((job) => [job.name, job]))
}

async function idOf(world: DeploymentWorld, pipelineId: number, name: string): Promise<number> {
  const job = (await jobsOf(world, pipelineId)).get(name)
  if (!job) throw new Error(`no job ${name}`)
  return job.id
}

async function next(runner: TestRunner): Promise<JobPayload> {
  const job = await runner.request()
  if (!job) throw new Error('the runner got no job')
  return job
}

describe('a job', () => {
  it('is answered with all of its fields', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId, sha } = await push(world, file)
    const id = await idOf(world, pipelineId, 'compile')
    const { status, body } = await server.api(world.developer.token).get(`${jobs(world)}/${id}`)
    const base = `${server.url}/${world.project.full_path}`
    expect(status).toBe(200)
    expect(body).toEqual({
      id,
      status: 'pending',
      stage: 'build',
      name: 'compile',
      ref: 'main',
      tag: false,
      coverage: null,
      allow_failure: false,
      created_at: expect.stringMatching(/\.\d{3}Z$/),
      started_at: null,
      finished_at: null,
      erased_at: null,
      duration: null,
      queued_duration: expect.any(Number),
      user: expect.objectContaining({
        id: world.developer.id,
        username: world.developer.username,
        state: 'active',
        bio: '',
        bot: false,
        created_at: expect.any(String),
      }),
      commit: expect.objectContaining({
        id: sha,
        short_id: sha.slice(0, 8),
        title: expect.stringMatching(/^Change/),
        author_name: world.developer.name,
        parent_ids: [],
        trailers: {},
        web_url: `${base}/-/commit/${sha}`,
      }),
      pipeline: {
        id: pipelineId,
        iid: 1,
        project_id: world.project.id,
        sha,
        ref: 'main',
        status: 'pending',
        source: 'push',
        created_at: expect.any(String),
        updated_at: expect.any(String),
        web_url: `${base}/-/pipelines/${pipelineId}`,
      },
      web_url: `${base}/-/jobs/${id}`,
      project: { ci_job_token_scope_enabled: false },
      source: 'push',
      artifacts: [],
      runner: null,
      runner_manager: null,
      artifacts_expire_at: null,
      archived: false,
      tag_list: ['linux'],
      stuck: true,
      stuck_reason: 'This job is stuck because no runner that this project may use has all of its tags: linux.',
      environment: null,
      retried: false,
      erased_by: null,
    })
  })

  it('tells why it is stuck, and its runner once it has one', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const id = await idOf(world, pipelineId, 'compile')
    const runner = await aRunner(server, { projectId: world.project.id, tags: ['linux'] })
    const get = async () => (await server.api(world.developer.token).get<JobBody>(`${jobs(world)}/${id}`)).body
    expect(await get()).toMatchObject({
      stuck: true,
      stuck_reason: 'This job is stuck because none of the runners that could take it is online.',
    })
    await contacted(runner.id)
    expect(await get()).toMatchObject({ stuck: false, stuck_reason: null, runner: null })
    const job = await next(runner)
    await runner.update(job, 'running')
    expect(await get()).toMatchObject({
      status: 'running',
      duration: expect.any(Number),
      runner: {
        id: runner.id,
        runner_type: 'project_type',
        is_shared: false,
        online: true,
        job_execution_status: 'active',
      },
      runner_manager: { system_id: expect.stringMatching(/^s_/), version: '19.4.0', status: 'online' },
    })
    await runner.update(job, 'failed', { failure_reason: 'script_failure', exit_code: 3 })
    expect(await get()).toMatchObject({ status: 'failed', failure_reason: 'script_failure', stuck: false })
  })

  it('is found for its own project alone, and only by those who may read jobs', async () => {
    const [world, other] = [await aDeploymentWorld(server), await aDeploymentWorld(server)]
    const { pipelineId } = await push(world, file)
    const id = await idOf(world, pipelineId, 'compile')
    expect((await server.api(server.rootToken).get(`${jobs(other)}/${id}`)).status).toBe(404)
    expect((await server.api(other.developer.token).get(`${jobs(world)}/${id}`)).status).toBe(404)
    await onlyMembersReadJobs(world)
    const guest = await aMember(server, { project: world.project }, 'guest')
    for (const path of ['', `/${id}`, `/${id}/trace`]) {
      expect((await server.api(guest.token).get(`${jobs(world)}${path}`)).status).toBe(403)
    }
  })

  it('asked with its own token is GET /job', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const runner = await aRunner(server, { projectId: world.project.id, tags: ['linux'] })
    const job = await next(runner)
    const anonymous = server.api()
    for (const [path, headers] of [
      ['/job', { 'job-token': job.token }],
      [`/job?job_token=${job.token}`, {}],
    ] as const) {
      expect(await anonymous.get(path, headers)).toMatchObject({ status: 200, body: { id: job.id, name: 'compile' } })
    }
    expect(await server.api(world.developer.token).get('/job')).toMatchObject({
      status: 404,
      body: { message: '404 Job Not Found' },
    })
    expect((await anonymous.get('/job')).status).toBe(401)
    const list = await anonymous.get<JobBody[]>(`/projects/${world.project.id}/pipelines/${pipelineId}/jobs`, {
      'job-token': job.token,
    })
    expect(list.body).toHaveLength(3)
    await runner.finish(job)
    expect((await anonymous.get('/job', { 'job-token': job.token })).status).toBe(401)
  })
})

describe('T18 a job token', () => {
  it('never plays, retries, cancels or erases a job, and reads nothing of another project', async () => {
    const [world, other] = [await aDeploymentWorld(server), await aDeploymentWorld(server)]
    await aMember(server, { project: other.project }, 'owner', { user: world.developer })
    const { pipelineId } = await push(world, file)
    const foreign = await push(other, file)
    const runner = await aRunner(server, { projectId: world.project.id, tags: ['linux'] })
    const job = await next(runner)
    const headers = { 'job-token': job.token }
    const id = await idOf(world, pipelineId, 'by-hand')
    for (const action of ['play', 'retry', 'cancel', 'erase']) {
      expect([action, (await server.api().post(`${jobs(world)}/${id}/${action}`, {}, headers)).status]).toEqual([
        action,
        401,
      ])
    }
    const path = `/projects/${world.project.id}/pipelines/${pipelineId}`
    expect((await server.api().post(`${path}/retry`, {}, headers)).status).toBe(401)
    expect((await server.api().delete(path, undefined, headers)).status).toBe(401)
    expect((await server.api().get(jobs(other), headers)).status).toBe(404)
    expect(
      (await server.api().get(`/projects/${other.project.id}/pipelines/${foreign.pipelineId}/jobs`, headers)).status,
    ).toBe(404)
    expect((await server.api().get(jobs(world), headers)).status).toBe(200)
  })

  it('read_api reads and does not write', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const id = await idOf(world, pipelineId, 'by-hand')
    const { token } = await aToken(server, world.developer, ['read_api'])
    expect((await server.api(token).get(`${jobs(world)}/${id}`)).status).toBe(200)
    for (const action of ['play', 'retry', 'cancel', 'erase']) {
      expect(await server.api(token).post(`${jobs(world)}/${id}/${action}`)).toMatchObject({
        status: 403,
        body: { error: 'insufficient_scope' },
      })
    }
  })
})

describe('lists of jobs', () => {
  it('are newest first, without totals, by page or by cursor', async () => {
    const world = await aDeploymentWorld(server)
    await push(world, file)
    await push(world, file)
    const api = server.api(world.developer.token)
    const all = await api.get<JobBody[]>(jobs(world))
    const ids = all.body.map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted((a, b) => b - a))
    expect(ids).toHaveLength(6)
    expect([all.headers.get('x-total'), all.headers.get('x-page')]).toEqual([null, '1'])
    const second = await api.get<JobBody[]>(`${jobs(world)}?per_page=4&page=2`)
    expect(second.body.map(({ id }) => id)).toEqual(ids.slice(4))
    const scoped = await api.get<JobBody[]>(`${jobs(world)}?scope[]=manual&scope[]=created`)
    expect(scoped.body.map(({ name }) => name)).toEqual(['ship', 'by-hand', 'ship', 'by-hand'])

    const walked: number[] = []
    let path: string | null =
      `${jobs(world)}?pagination=keyset&per_page=4&scope[]=pending&scope[]=manual&scope[]=created`
    for (let pages = 0; path !== null && pages < 5; pages++) {
      const page: { body: JobBody[]; headers: Headers } = await api.get(path)
      walked.push(...page.body.map(({ id }) => id))
      const link = /<([^>]*)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
      path = link ? link.slice(`${server.url}/api/v4`.length) : null
    }
    expect(walked).toEqual(ids)
    expect(await api.get(`${jobs(world)}?pagination=keyset&cursor=nonsense`)).toMatchObject({
      status: 400,
      body: { error: 'cursor is invalid' },
    })
    expect(await api.get(`${jobs(world)}?scope=waiting`)).toMatchObject({
      status: 400,
      body: { error: 'scope does not have a valid value' },
    })
    expect((await server.api().get(jobs(world))).status).toBe(401)
  })
})

describe('play', () => {
  it('starts a manual job as the person who plays it, with their variables', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const id = await idOf(world, pipelineId, 'by-hand')
    const played = await server.api(world.maintainer.token).post<JobBody>(`${jobs(world)}/${id}/play`, {
      job_variables_attributes: [{ key: 'WHO', value: 'me' }],
    })
    expect(played).toMatchObject({ status: 200, body: { id, status: 'pending', user: { id: world.maintainer.id } } })
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await next(runner)
    expect(job.variables).toContainEqual(expect.objectContaining({ key: 'WHO', value: 'me' }))
    expect(await server.api(world.maintainer.token).post(`${jobs(world)}/${id}/play`)).toMatchObject({
      status: 400,
      body: { message: '400 Bad request - Unplayable Job' },
    })
    await runner.finish(job)
    const again = await server.api(world.maintainer.token).post<JobBody>(`${jobs(world)}/${id}/play`, {
      job_variables_attributes: [{ key: 'WHO', value: 'somebody else' }],
    })
    expect(again).toMatchObject({ status: 200, body: { status: 'pending', name: 'by-hand' } })
    expect(again.body.id).toBeGreaterThan(id)
    const variables = (await next(runner)).variables.filter(({ key }) => key === 'WHO')
    expect(variables.map(({ value }) => value)).toEqual(['somebody else'])
  })

  it.each([
    [{ job_variables_attributes: [{ key: 'A' }] }, { error: 'job_variables_attributes[0][value] is missing' }],
    [
      { job_variables_attributes: [{ key: 'A B', value: '1' }] },
      { message: { 'variables.key': ["can contain only letters, digits and '_'."] } },
    ],
    [
      {
        job_variables_attributes: [
          { key: 'A', value: '1' },
          { key: 'A', value: '2' },
        ],
      },
      { message: { base: ['Duplicate variable name: A'] } },
    ],
  ])('refuses %j', async (body, answer) => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const id = await idOf(world, pipelineId, 'by-hand')
    expect(await server.api(world.developer.token).post(`${jobs(world)}/${id}/play`, body)).toMatchObject({
      status: 400,
      body: answer,
    })
    expect((await jobsOf(world, pipelineId)).get('by-hand')?.status).toBe('manual')
  })

  it('T13 takes no variables for a deployment that needs approvals, neither played nor retried', async () => {
    const world = await aDeploymentWorld(server)
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      start: 'manual',
      deploy_access_levels: [{ group_id: world.operators.id }],
      approval_rules: [{ group_id: world.operators.id, required_approvals: 1 }],
    })
    const { pipelineId } = await push(world, 'production: { script: [x], environment: production, when: manual }\n')
    const { id: deploymentId, jobId } = await deploymentOf(world, pipelineId)
    const body = { job_variables_attributes: [{ key: 'TARGET', value: 'elsewhere' }] }
    const play = (of: object = {}) =>
      server.api(world.developer.token).post<JobBody>(`${jobs(world)}/${jobId}/play`, of)
    expect(await play(body)).toMatchObject({ status: 400, body: { message: '400 Bad request - Unplayable Job' } })
    expect((await vote(world, deploymentId, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await play(body)).toMatchObject({
      status: 400,
      body: {
        message:
          '400 Bad request - Variables cannot be added to a job whose deployment needs approvals: they would change what was approved.',
      },
    })
    expect((await deploymentOf(world, pipelineId)).jobStatus).toBe('manual')
    expect(await play()).toMatchObject({ status: 200, body: { status: 'pending' } })
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await next(runner)
    expect(job.variables.map(({ key }) => key)).not.toContain('TARGET')
    await runner.finish(job)
    // Played once more it would be retried: the new deployment has to be approved, so the same holds.
    expect((await play(body)).status).toBe(400)
    expect((await deploymentOf(world, pipelineId)).jobId).toBe(jobId)
  })
})

describe('retry and cancel', () => {
  it('retry makes a new job; a job that did not end is refused', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const api = server.api(world.developer.token)
    const id = await idOf(world, pipelineId, 'compile')
    const refused = { status: 403, body: { message: '403 Forbidden - Job is not retryable' } }
    expect(await api.post(`${jobs(world)}/${id}/retry`)).toMatchObject(refused)
    expect(await api.post(`${jobs(world)}/${id}/cancel`)).toMatchObject({
      status: 201,
      body: { id, status: 'canceled' },
    })
    expect(await api.post(`${jobs(world)}/${id}/cancel`)).toMatchObject({
      status: 201,
      body: { id, status: 'canceled' },
    })
    const retried = await api.post<JobBody>(`${jobs(world)}/${id}/retry`)
    expect(retried).toMatchObject({ status: 201, body: { name: 'compile', status: 'pending', retried: false } })
    expect(retried.body.id).not.toBe(id)
    expect((await api.get<JobBody>(`${jobs(world)}/${id}`)).body.retried).toBe(true)
    expect(await api.post(`${jobs(world)}/${id}/retry`)).toMatchObject(refused)
  })

  it('cancel asks a graceful runner to stop, force does not wait and is for maintainers', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const runner = await aRunner(server, { projectId: world.project.id, tags: ['linux'], graceful: true })
    const job = await next(runner)
    await runner.update(job, 'running')
    const id = await idOf(world, pipelineId, 'compile')
    const [developer, maintainer] = [server.api(world.developer.token), server.api(world.maintainer.token)]
    expect(await developer.post(`${jobs(world)}/${id}/cancel`)).toMatchObject({
      status: 201,
      body: { status: 'canceling' },
    })
    expect((await developer.post(`${jobs(world)}/${id}/cancel`, { force: true })).status).toBe(403)
    expect(await maintainer.post(`${jobs(world)}/${id}/cancel?force=true`)).toMatchObject({
      status: 201,
      body: { status: 'canceled' },
    })
    expect(await runner.update(job, 'running')).toEqual({ code: 403, jobStatus: 'canceled' })
  })

  it('lets in whom the protected environment lets in, and keeps out all others', async () => {
    const world = await aDeploymentWorld(server)
    const reporter = await aUser(server)
    await aMember(server, { group: world.operators }, 'reporter', { user: reporter })
    await aMember(server, { project: world.project }, 'reporter', { user: reporter })
    await inviteOperators(world)
    await protect(world, { name: 'production', deploy_access_levels: [{ group_id: world.operators.id }] })
    const excluded = await aMember(server, { project: world.project }, 'maintainer')
    const { pipelineId } = await push(world, 'ship: { script: [x], environment: production, when: manual }\n')
    const id = await idOf(world, pipelineId, 'ship')
    const sentence = '403 Forbidden - You are not allowed to deploy to the protected environment production.'
    const post = (token: string, job: number, action: string) =>
      server.api(token).post<JobBody>(`${jobs(world)}/${job}/${action}`)
    expect(await post(excluded.token, id, 'play')).toMatchObject({ status: 403, body: { message: sentence } })
    expect(await post(excluded.token, id, 'cancel')).toMatchObject({ status: 403, body: { message: sentence } })
    expect((await jobsOf(world, pipelineId)).get('ship')?.status).toBe('manual')

    expect(await post(reporter.token, id, 'play')).toMatchObject({ status: 200, body: { user: { id: reporter.id } } })
    expect(await post(excluded.token, id, 'cancel')).toMatchObject({ status: 403, body: { message: sentence } })
    expect(await post(reporter.token, id, 'cancel')).toMatchObject({ status: 201, body: { status: 'canceled' } })
    expect(await post(excluded.token, id, 'retry')).toMatchObject({ status: 403, body: { message: sentence } })
    expect(await post(excluded.token, id, 'erase')).toMatchObject({ status: 403, body: { message: sentence } })
    expect(await post(reporter.token, id, 'retry')).toMatchObject({ status: 201, body: { name: 'ship' } })
    // Only that job: the reporter is no developer.
    const plain = await push(world, file)
    const compile = await idOf(world, plain.pipelineId, 'compile')
    expect((await post(reporter.token, compile, 'cancel')).status).toBe(403)
  })
})

describe('the log', () => {
  it('is text, whole or in part, while it is written', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const id = await idOf(world, pipelineId, 'compile')
    const path = `${jobs(world)}/${id}/trace`
    const api = server.api(world.developer.token)
    const empty = await api.get<string | null>(path)
    expect([empty.status, empty.body, empty.headers.get('content-type')]).toEqual([
      200,
      null,
      'text/plain; charset=utf-8',
    ])
    const runner = await aRunner(server, { projectId: world.project.id, tags: ['linux'] })
    const job = await next(runner)
    await runner.update(job, 'running')
    const parts = ['<script>alert(1)</script>\n', 'naïve ✓\n', 'x'.repeat(5_000)]
    let size = 0
    for (const part of parts) {
      await runner.log(job, size, part)
      size += Buffer.byteLength(part)
    }
    const text = parts.join('')
    const whole = await api.get<string>(path)
    expect(whole.body).toBe(text)
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'x-log-size': String(size),
      'job-status': 'running',
      'content-length': String(size),
      'x-content-type-options': 'nosniff',
    })
    const bytes = Buffer.from(text)
    for (const [range, start, end] of [
      ['bytes=0-9', 0, 10],
      ['bytes=20-40', 20, 41],
      [`bytes=${size - 5}-`, size - 5, size],
      ['bytes=-7', size - 7, size],
    ] as const) {
      const answer = await api.get<string>(path, { range })
      expect([answer.status, answer.body]).toEqual([206, bytes.subarray(start, end).toString()])
      expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${size}`)
    }
    const beyond = await api.get(path, { range: `bytes=${size}-` })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${size}`])
    expect((await api.get<string>(`${path}?offset=${size - 3}`)).body).toBe('xxx')
    expect((await api.get(`${path}?offset=${size + 99}`)).body).toBeNull()
    expect(await api.get(`${path}?offset=-1`)).toMatchObject({ status: 400 })
    expect((await readLog(server.db, id, { from: 0 })).equals(bytes)).toBe(true)
  })
})

describe('erase', () => {
  it('removes log and artifacts of a job that is over, once', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const runner = await aRunner(server, { projectId: world.project.id, tags: ['linux'] })
    const job = await next(runner)
    await runner.update(job, 'running')
    await runner.log(job, 0, 'secret that leaked')
    const path = `${jobs(world)}/${job.id}`
    const notErasable = { status: 403, body: { message: '403 Forbidden - Job is not erasable!' } }
    const maintainer = server.api(world.maintainer.token)
    expect(await maintainer.post(`${path}/erase`)).toMatchObject(notErasable)
    await runner.update(job, 'success')
    await server.app.blobs.put('test/artifact', Readable.from([Buffer.from('x')]), 10)
    await inTransaction(server.app.db, (tx) =>
      tx
        .insertInto('job_artifacts')
        .values({
          job_id: job.id,
          project_id: world.project.id,
          file_type: 'archive',
          file_format: 'zip',
          filename: 'artifacts.zip',
          size: 1,
          sha256: '',
          blob: 'test/artifact',
          expire_at: null,
        })
        .execute(),
    )
    // Developers erase only their own jobs, off protected branches; main is protected.
    expect((await server.api(world.developer.token).post(`${path}/erase`)).status).toBe(403)
    expect(await maintainer.post(`${path}/erase`)).toMatchObject({
      status: 201,
      body: { erased_at: expect.any(String), artifacts: [], erased_by: { id: world.maintainer.id } },
    })
    expect((await maintainer.get(`${path}/trace`)).body).toBeNull()
    expect(await maintainer.post(`${path}/erase`)).toMatchObject(notErasable)
    const due = server.db.selectFrom('blob_removals').select('key').where('key', '=', 'test/artifact')
    expect(await due.execute()).toHaveLength(1)
    const audit = server.db.selectFrom('audit_events').select('details').where('event_name', '=', 'job_erased')
    expect(await audit.where('target_id', '=', job.id).execute()).toEqual([
      { details: { log_bytes: 18, artifacts: ['archive'] } },
    ])
    expect((await jobsOf(world, pipelineId)).get('compile')?.erased_at).not.toBeNull()
  })
})

async function onlyMembersReadJobs(world: DeploymentWorld): Promise<void> {
  await inTransaction(server.app.db, (tx) =>
    tx.updateTable('projects').set({ public_jobs: false }).where('id', '=', world.project.id).execute(),
  )
}

async function contacted(runnerId: number): Promise<void> {
  await inTransaction(server.app.db, (tx) =>
    tx.updateTable('runners').set({ contacted_at: new Date() }).where('id', '=', runnerId).execute(),
  )
}
