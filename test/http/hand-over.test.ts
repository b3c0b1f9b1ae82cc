/** What a runner is told when it asks for a job, and which jobs fail instead of being handed to it (reference D3, C9, E1). */
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expireArtifacts } from '../../src/app/expire-artifacts.ts'
import { reclaimJobs } from '../../src/app/reclaim-jobs.ts'
import { storeArtifact } from '../../src/app/store-artifact.ts'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember, aUser, type Role } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { jobNamed, pipelineStatus, run, statuses } from '../helpers/pipelines.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'
import { zipOf } from '../helpers/zip.ts'

let server: TestServer
let world: DeploymentWorld
let runner: TestRunner

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  runner = await aRunner(server, { projectId: world.project.id })
})

const api = () => server.api(world.developer.token)
const jobs = () => `/projects/${world.project.id}/jobs`

async function taken(by = runner): Promise<JobPayload> {
  const job = await by.request()
  if (!job) throw new Error('there is no job')
  return job
}

describe('X-GitLab-Last-Update', () => {
  async function ask(lastUpdate?: string) {
    const response = await fetch(`${server.url}/api/v4/jobs/request`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: runner.token, ...(lastUpdate === undefined ? {} : { last_update: lastUpdate }) }),
    })
    await response.text()
    return { status: response.status, version: response.headers.get('x-gitlab-last-update') ?? '' }
  }

  test('comes with 204, and changes as soon as a job is pending', async () => {
    const before = await ask()
    expect(before).toEqual({ status: 204, version: expect.stringMatching(/./) })
    expect((await ask(before.version)).status).toBe(204)
    await push(world, 'a: {script: [x]}')
    await expect.poll(async () => (await ask(before.version)).status).toBe(201)
  })

  test('the same one again is answered without a look at the queue', async () => {
    await push(world, 'a: {script: [x]}')
    const { jobNews } = server.app
    Object.assign(server.app, { jobNews: { version: () => 'as before' } })
    try {
      expect(await ask('as before')).toEqual({ status: 204, version: 'as before' })
      expect((await ask('of another server')).status).toBe(201)
    } finally {
      Object.assign(server.app, { jobNews })
    }
  })
})

describe('runner_unsupported', () => {
  const file = 'a: {script: [x], artifacts: {reports: {junit: junit.xml}}}'

  test('a job that needs what the runner does not announce fails, and says so', async () => {
    const { pipelineId } = await push(world, file)
    const old = await aRunner(server, { projectId: world.project.id, lacks: ['upload_multiple_artifacts'] })
    expect(await old.request()).toBeNull()
    const { id } = await jobNamed(server, pipelineId, 'a')
    expect((await api().get(`${jobs()}/${id}`)).body).toMatchObject({
      status: 'failed',
      failure_reason: 'runner_unsupported',
    })
    expect(await pipelineStatus(server, pipelineId)).toBe('failed')
  })

  test('retry: and allow_failure: count, and the next job is handed over', async () => {
    const { pipelineId } = await push(
      world,
      `a: {script: [x], retry: {max: 1, when: runner_unsupported}, artifacts: {exclude: [a], paths: [b]}}
b: {script: [x], allow_failure: true, inputs: {who: {default: me}}}
c: {script: [x]}`,
    )
    const old = await aRunner(server, { projectId: world.project.id, lacks: ['artifacts_exclude', 'job_inputs'] })
    expect((await taken(old)).job_info.name).toBe('c')
    const rows = await server.db
      .selectFrom('jobs')
      .select(['name', 'retried'])
      .where('pipeline_id', '=', pipelineId)
      .where('status', '=', 'failed')
      .orderBy('id')
      .execute()
    expect(rows.map((row) => [row.name, row.retried])).toEqual([
      ['a', true],
      ['b', false],
    ])
    expect(await old.request()).toBeNull()
    expect(await statuses(server, pipelineId)).toMatchObject({ a: 'failed', b: 'failed' })
  })
})

describe('missing_dependency_failure', () => {
  const file = (expire = '1 hour') => `stages: [build, ship]
make: {stage: build, script: [make], artifacts: {paths: [out], expire_in: ${expire}}}
ship: {stage: ship, script: [ship], when: manual}`

  /** Ends the job `make` of a new pipeline with an archive. */
  async function made() {
    const { pipelineId } = await push(world, file())
    const job = await taken()
    await runner.update(job, 'running')
    const archive = { type: 'archive', format: 'zip' as const, filename: 'artifacts.zip', expireIn: '1 hour' }
    const content = Readable.from([zipOf([{ name: 'out/a', data: 'a' }])])
    const stored = await storeArtifact(server.app, { jobId: job.id, projectId: world.project.id, ...archive, content })
    expect(stored.ok).toBe(true)
    await runner.update(job, 'success')
    return { pipelineId, make: job.id, ship: (await jobNamed(server, pipelineId, 'ship')).id }
  }

  async function expire(jobId: number) {
    const past = { expire_at: new Date(Date.now() - 60_000) }
    await inTransaction(server.app.db, (tx) =>
      tx.updateTable('job_artifacts').set(past).where('job_id', '=', jobId).execute(),
    )
    await expireArtifacts(server.app)
  }

  const play = async (id: number) => expect((await api().post(`${jobs()}/${id}/play`)).status).toBe(200)
  const outcome = async (id: number) =>
    (await api().get<{ status: string; failure_reason?: string }>(`${jobs()}/${id}`)).body

  test('a job whose dependency expired fails instead of running without its files', async () => {
    const { make, ship } = await made()
    const newer = await made()
    await play(newer.ship)
    await run(runner, 'ship')
    await expire(make)
    await play(ship)
    expect(await runner.request()).toBeNull()
    expect(await outcome(ship)).toMatchObject({ status: 'failed', failure_reason: 'missing_dependency_failure' })
    // When they expired is still told.
    expect((await api().get(`${jobs()}/${make}`)).body).toMatchObject({
      artifacts: [],
      artifacts_expire_at: expect.stringMatching(/Z$/),
    })
  })

  test('so does one whose dependency was erased', async () => {
    const { make, ship } = await made()
    expect((await server.api(world.maintainer.token).post(`${jobs()}/${make}/erase`)).status).toBe(201)
    await play(ship)
    expect(await runner.request()).toBeNull()
    expect(await outcome(ship)).toMatchObject({ failure_reason: 'missing_dependency_failure' })
  })

  test('artifacts of the newest pipeline are there however long somebody waits to play its next job', async () => {
    const { make, ship } = await made()
    await expire(make)
    await play(ship)
    const job = await taken()
    expect(job.dependencies).toMatchObject([{ id: make, artifacts_file: { filename: 'artifacts.zip' } }])
  })

  test('without keep_latest_artifact they are not', async () => {
    await server.api(world.maintainer.token).put(`/projects/${world.project.id}`, { keep_latest_artifact: false })
    const { make, ship } = await made()
    await expire(make)
    await play(ship)
    expect(await runner.request()).toBeNull()
    expect(await outcome(ship)).toMatchObject({ failure_reason: 'missing_dependency_failure' })
    // The retried dependency has its files again.
    expect((await api().post(`${jobs()}/${make}/retry`)).status).toBe(201)
    await run(runner, 'make')
    expect((await api().post(`${jobs()}/${ship}/retry`)).status).toBe(201)
    expect((await taken()).job_info.name).toBe('ship')
  })

  test('a dependency that never had artifacts is none', async () => {
    const { pipelineId } = await push(world, 'stages: [a, b]\na: {stage: a, script: [x]}\nb: {stage: b, script: [x]}')
    await run(runner, 'a')
    expect((await taken()).job_info.pipeline_id).toBe(pipelineId)
  })
})

describe('a job that nobody takes', () => {
  test('fails after a day, and retry: counts', async () => {
    const { pipelineId } = await push(
      world,
      'a: {script: [x], tags: [nobody], retry: {max: 1, when: stuck_or_timeout_failure}}',
    )
    const { id } = await jobNamed(server, pipelineId, 'a')
    const queued = { queued_at: new Date(Date.now() - 25 * 3_600_000) }
    await inTransaction(server.app.db, (tx) => tx.updateTable('jobs').set(queued).where('id', '=', id).execute())
    await reclaimJobs(server.app)
    expect(await jobNamed(server, pipelineId, 'a')).toMatchObject({ retry_of: id, retries: 1, status: 'pending' })
  })
})

describe('cache keys', () => {
  const keysOf = (job: JobPayload) => job.cache.map(({ key }) => key)

  test('follow what is in the files, or the commits that changed them', async () => {
    const file = `a:
  script: [x]
  cache:
    - {key: {files: [lock, missing]}, paths: [one]}
    - {key: {files: [lock], prefix: $CI_JOB_NAME}, paths: [two]}
    - {key: {files_commits: [lock]}, paths: [three]}
    - {key: {files: [nothing]}, paths: [four]}`
    const next = async (lock: string) => {
      await push(world, file, world.developer, { lock })
      const job = await taken()
      await runner.finish(job)
      return keysOf(job)
    }
    const first = await next('1')
    expect(first).toEqual([
      expect.stringMatching(/^0_lock_missing-[0-9a-f]{40}-protected$/),
      expect.stringMatching(/^\$CI_JOB_NAME-[0-9a-f]{40}-protected$/),
      expect.stringMatching(/^2-[0-9a-f]{40}-protected$/),
      '3_nothing-default-protected',
    ])
    const same = await next('1')
    expect(same.slice(0, 2)).toEqual(first.slice(0, 2))
    const changed = await next('2')
    expect(changed[0]).not.toBe(first[0])
    const back = await next('1')
    expect(back[0]).toBe(first[0])
    expect(back[2]).not.toBe(first[2])
  })

  test('a pattern stands for the files that it matches', async () => {
    const file = "a: {script: [x], cache: {key: {files: ['**/*.lock'], prefix: p}, paths: [c]}}"
    const next = async (files: Record<string, string>) => {
      await push(world, file, world.developer, files)
      const job = await taken()
      await runner.finish(job)
      return keysOf(job)[0]
    }
    const first = await next({ 'deep/er/x.lock': '1', 'other.txt': '1' })
    expect(first).toMatch(/^p-[0-9a-f]{40}-protected$/)
    expect(await next({ 'deep/er/x.lock': '1', 'other.txt': '2' })).toBe(first)
    expect(await next({ 'deep/er/x.lock': '1', 'y/z.lock': '2' })).not.toBe(first)
  })

  test('unprotect, and the number of times the caches were cleared', async () => {
    const file =
      'a: {script: [x], cache: [{key: k, paths: [c], fallback_keys: [f]}, {key: u, paths: [c], unprotect: true}]}'
    const clear = () =>
      server
        .api(world.maintainer.token)
        .post<{ jobs_cache_index: number }>(`/projects/${world.project.id}/clear_runner_caches`)
    await push(world, file)
    const before = await taken()
    expect(keysOf(before)).toEqual(['k-protected', 'u-non_protected'])
    expect(before.cache[0]?.fallback_keys).toEqual(['f-protected'])
    await runner.finish(before)
    expect(await clear()).toMatchObject({ status: 201, body: { jobs_cache_index: 1 } })
    expect((await clear()).body).toEqual({ jobs_cache_index: 2 })
    await push(world, file)
    const after = await taken()
    expect(keysOf(after)).toEqual(['k-2-protected', 'u-2-non_protected'])
    expect(after.cache[0]?.fallback_keys).toEqual(['f-2-protected'])
    const audit = await server.db
      .selectFrom('audit_events')
      .select(['author_id', 'details'])
      .where('event_name', '=', 'runner_caches_cleared')
      .where('entity_id', '=', world.project.id)
      .execute()
    expect(audit).toEqual(
      [1, 2].map((jobs_cache_index) => ({ author_id: world.maintainer.id, details: { jobs_cache_index } })),
    )
  })

  test('T1 clearing is for maintainers', async () => {
    const expected: [Role | 'anonymous' | 'outsider' | 'admin', number][] = [
      ['anonymous', 401],
      ['outsider', 404],
      ['guest', 403],
      ['planner', 403],
      ['reporter', 403],
      ['developer', 403],
      ['maintainer', 201],
      ['owner', 201],
      ['admin', 201],
    ]
    for (const [who, status] of expected) {
      const token =
        who === 'anonymous'
          ? undefined
          : who === 'outsider' || who === 'admin'
            ? (await aUser(server, { admin: who === 'admin' })).token
            : (await aMember(server, { project: world.project }, who)).token
      const answer = await server.api(token).post(`/projects/${world.project.id}/clear_runner_caches`)
      expect([who, answer.status]).toEqual([who, status])
    }
  })
})

describe('job inputs', () => {
  const file = `a:
  script: ['echo \${{ job.inputs.who }}']
  when: manual
  inputs:
    who: {default: me, regex: '^[a-z]+$'}
    count: {type: number, default: 1, options: [1, 2]}
    dry: {type: boolean, default: false}
    list: {type: array, default: [a]}`
  const contents = (job: JobPayload) => Object.fromEntries(job.inputs.map(({ key, value }) => [key, value.content]))

  test('are handed over with their types, as given when the job is played or retried', async () => {
    const { pipelineId } = await push(world, file)
    const { id } = await jobNamed(server, pipelineId, 'a')
    const inputs = { who: 'you', count: 2, list: ['b', 'c'] }
    expect((await api().post(`${jobs()}/${id}/play`, { job_inputs: inputs })).status).toBe(200)
    const job = await taken()
    expect(job.inputs).toEqual([
      { key: 'who', value: { type: 'string', content: 'you', sensitive: false } },
      { key: 'count', value: { type: 'number', content: 2, sensitive: false } },
      { key: 'dry', value: { type: 'boolean', content: false, sensitive: false } },
      { key: 'list', value: { type: 'array', content: ['b', 'c'], sensitive: false } },
    ])
    await runner.finish(job)
    const again = await api().post<{ id: number }>(`${jobs()}/${id}/retry`, { job_inputs: { who: 'them' } })
    expect(again.status).toBe(201)
    const second = await taken()
    expect(contents(second)).toEqual({ who: 'them', count: 2, dry: false, list: ['b', 'c'] })
    await runner.finish(second)
    // Playing what ran already is a retry.
    await api().post(`${jobs()}/${again.body.id}/play`, { job_inputs: { dry: true } })
    expect(contents(await taken())).toEqual({ who: 'them', count: 2, dry: true, list: ['b', 'c'] })
  })

  test.each([
    [{ nobody: 1 }, 'unknown input arguments: nobody'],
    [{ who: 'Me!' }, '`who` input: provided value does not match required RegEx pattern'],
    [{ count: 3 }, '`count` input: `3` cannot be used because it is not in the list of the allowed options'],
    [{ count: 'x' }, '`count` input: provided value is not a number'],
    [{ list: 'x' }, '`list` input: provided value is not an array'],
    [{ who: 'a\0' }, null],
  ])('%j is refused, and the job stays as it was', async (inputs, problem) => {
    const { pipelineId } = await push(world, file)
    const { id } = await jobNamed(server, pipelineId, 'a')
    const answer = await api().post<{ message?: string }>(`${jobs()}/${id}/play`, { job_inputs: inputs })
    expect(answer.status).toBe(400)
    if (problem !== null) expect(answer.body.message).toContain(problem)
    expect(await statuses(server, pipelineId)).toEqual({ a: 'manual' })
  })
})

test('a configuration in .gitlab-ci.yaml: its path, its name and who signed for it are told to the job', async () => {
  const content = `workflow: {name: 'Ship $CI_COMMIT_BRANCH'}
a: {script: [x], id_tokens: {T: {aud: me}}}`
  const actions = [{ action: 'create', file_path: '.gitlab-ci.yaml', content }]
  const body = { branch: 'main', commit_message: 'Begin', actions }
  expect((await api().post(`/projects/${world.project.id}/repository/commits`, body)).status).toBe(201)
  await expect.poll(async () => (await api().get<unknown[]>(jobs())).body.length).toBe(1)
  const { variables } = await taken()
  const value = (key: string) => variables.findLast((one) => one.key === key)?.value ?? ''
  expect([value('CI_CONFIG_PATH'), value('CI_PIPELINE_NAME')]).toEqual(['.gitlab-ci.yaml', 'Ship main'])
  const claims = JSON.parse(Buffer.from(value('T').split('.')[1] ?? '', 'base64url').toString()) as object
  const path = `${new URL(server.url).host}/${world.project.full_path}//.gitlab-ci.yaml@refs/heads/main`
  expect(claims).toMatchObject({ ci_config_ref_uri: path })
})
