/** Pipelines API over real HTTP, with real repositories. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asksToSkip, createPipeline } from '../../src/app/create-pipeline.ts'
import { findActor } from '../../src/db/actors.ts'
import { findProjectById } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { commitActions } from '../../src/git/commit-writer.ts'
import { readRef } from '../../src/git/object-reader.ts'
import { pipelineRef, zeroSha } from '../../src/git/ref-name.ts'
import { createRef } from '../../src/git/refs.ts'
import { aMember, aUser } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, deploymentOf, protect, push } from '../helpers/deployment-world.ts'
import { statuses } from '../helpers/pipelines.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 50 } })
})
afterAll(() => server.stop())

const file = `stages: [build, deploy]
workflow: { auto_cancel: { on_new_commit: none } }
compile:
  stage: build
  script: [make]
check:
  stage: build
  allow_failure: true
  script: [make check]
ship:
  stage: deploy
  script: [./ship]
  environment: production
`

interface PipelineBody {
  id: number
  iid: number
  status: string
  name: string | null
  source: string
  sha: string
  detailed_status: { text: string; label: string; group: string }
}

describe('one pipeline', () => {
  it('is answered with all of its fields', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId, sha } = await push(world, file)
    const { status, body } = await server.api(world.developer.token).get(`${pipelines(world)}/${pipelineId}`)
    const web = `${server.url}/${world.project.full_path}/-/pipelines/${pipelineId}`
    expect(status).toBe(200)
    expect(body).toEqual({
      id: pipelineId,
      iid: 1,
      project_id: world.project.id,
      sha,
      ref: 'main',
      status: 'pending',
      source: 'push',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: expect.any(String),
      web_url: web,
      before_sha: '0'.repeat(40),
      tag: false,
      yaml_errors: null,
      user: expect.objectContaining({ id: world.developer.id, username: world.developer.username }),
      started_at: null,
      finished_at: null,
      committed_at: expect.any(String),
      duration: null,
      queued_duration: null,
      coverage: null,
      detailed_status: {
        icon: 'status_pending',
        text: 'Pending',
        label: 'pending',
        group: 'pending',
        tooltip: 'pending',
        has_details: true,
        details_path: `/${world.project.full_path}/-/pipelines/${pipelineId}`,
        illustration: null,
        favicon: '/favicon.ico',
      },
      name: null,
      archived: false,
      failure_reason: null,
    })
  })

  it('says how long its jobs ran, and that it passed with warnings', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const runner = await aRunner(server, { projectId: world.project.id })
    for (const state of ['success', 'failed', 'success'] as const) {
      const job = await runner.request()
      if (!job) throw new Error('no job')
      await runner.finish(job, state)
    }
    // Two that overlap, a pause, and one more.
    const at = (time: string) => new Date(`2026-01-05T${time}Z`)
    await inTransaction(server.app.db, async (tx) => {
      const times: [string, string, string][] = [
        ['compile', '10:00:00', '10:00:30'],
        ['check', '10:00:20', '10:00:50'],
        ['ship', '10:02:00', '10:02:10'],
      ]
      for (const [name, started, finished] of times) {
        await tx
          .updateTable('jobs')
          .set({ started_at: at(started), finished_at: at(finished), coverage: name === 'ship' ? null : 33.335 })
          .where('pipeline_id', '=', pipelineId)
          .where('name', '=', name)
          .execute()
      }
      const pipeline = tx.updateTable('pipelines').set({ created_at: at('09:59:00'), started_at: at('10:00:00') })
      await pipeline.where('id', '=', pipelineId).execute()
    })
    const { body } = await server.api(world.developer.token).get<PipelineBody>(`${pipelines(world)}/${pipelineId}`)
    expect(body).toMatchObject({
      status: 'success',
      duration: 60,
      queued_duration: 60,
      coverage: '33.34',
      started_at: '2026-01-05T10:00:00.000Z',
      detailed_status: { text: 'Warning', label: 'passed with warnings', group: 'success-with-warnings' },
    })
  })

  it('is found for its own project alone', async () => {
    const [world, other] = [await aDeploymentWorld(server), await aDeploymentWorld(server)]
    const { pipelineId } = await push(world, file)
    const notFound = { status: 404, body: { message: '404 Not found' } }
    expect(await server.api(server.rootToken).get(`${pipelines(other)}/${pipelineId}`)).toMatchObject(notFound)
    expect(await server.api(server.rootToken).get(`${pipelines(world)}/999999999999`)).toMatchObject(notFound)
    expect(await server.api(server.rootToken).get(`${pipelines(world)}/x`)).toMatchObject({
      status: 400,
      body: { error: 'pipeline_id is invalid' },
    })
  })

  it('latest is the newest one of the commit a branch is at', async () => {
    const world = await aDeploymentWorld(server)
    const api = server.api(world.developer.token)
    expect(await api.get(`${pipelines(world)}/latest`)).toMatchObject({
      status: 404,
      body: { message: '404 Pipeline Not Found' },
    })
    await push(world, file)
    const { sha } = await push(world, file)
    const again = await api.post<PipelineBody>(`/projects/${world.project.id}/pipeline`, { ref: 'main' })
    expect(again.status).toBe(201)
    const latest = await api.get<PipelineBody>(`${pipelines(world)}/latest?ref=main`)
    expect(latest.body).toMatchObject({ id: again.body.id, sha })
    expect((await api.get(`${pipelines(world)}/latest?ref=nowhere`)).status).toBe(404)
  })
})

it('a list says who started each pipeline and how long its jobs ran; needs are told apart from stages', async () => {
  const world = await aDeploymentWorld(server)
  const { pipelineId } = await push(world, `${file}quick:\n  stage: deploy\n  needs: [check]\n  script: [./quick]\n`)
  const api = server.api(world.developer.token)
  const path = `/projects/${world.project.id}/pipelines`
  expect((await api.get<object[]>(path)).body).toMatchObject([
    { id: pipelineId, user: { id: world.developer.id }, duration: null },
  ])
  const needs = (await api.get<{ name: string; needs: string[] | null }[]>(`${path}/${pipelineId}/needs`)).body
  expect(Object.fromEntries(needs.map((job) => [job.name, job.needs]))).toEqual({
    compile: null,
    check: null,
    ship: null,
    quick: ['check'],
  })
  expect((await api.get(`${path}/99999999/needs`)).status).toBe(404)
  expect((await server.api((await aUser(server)).token).get(`${path}/${pipelineId}/needs`)).status).toBe(404)
  const guest = await aMember(server, { project: world.project }, 'guest')
  expect((await server.api(guest.token).get(`${path}/${pipelineId}/needs`)).status).toBe(200)
  await server.api(world.maintainer.token).put(`/projects/${world.project.id}`, { public_jobs: false })
  expect((await server.api(guest.token).get(`${path}/${pipelineId}/needs`)).status).toBe(403)
})

describe('who may read, create, cancel and delete', () => {
  it.each([
    ['outsider', 404, 404, 404, 404],
    ['guest', 403, 403, 403, 403],
    ['reporter', 200, 403, 403, 403],
    ['developer', 200, 201, 200, 403],
    ['maintainer', 200, 201, 200, 403],
    ['owner', 200, 201, 200, 204],
  ] as const)('%s', async (role, read, create, cancel, remove) => {
    const world = await aDeploymentWorld(server)
    await onlyMembersReadJobs(world)
    const { pipelineId } = await push(world, file)
    const user = role === 'outsider' ? await aUser(server) : await aMember(server, { project: world.project }, role)
    const api = server.api(user.token)
    const path = `${pipelines(world)}/${pipelineId}`
    const answers = [
      (await api.get(path)).status,
      (await api.post(`/projects/${world.project.id}/pipeline`, { ref: 'main' })).status,
      (await api.post(`${path}/cancel`)).status,
      (await api.delete(path)).status,
    ]
    expect(answers).toEqual([read, create, cancel, remove])
  })

  it('nobody without a token may write, and reads only what is public', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    expect((await server.api().get(pipelines(world))).status).toBe(404)
    expect((await server.api().post(`${pipelines(world)}/${pipelineId}/retry`)).status).toBe(401)
    await inTransaction(server.app.db, (tx) =>
      tx.updateTable('projects').set({ visibility: 'public' }).where('id', '=', world.project.id).execute(),
    )
    expect((await server.api().get(pipelines(world))).status).toBe(200)
    await onlyMembersReadJobs(world)
    expect((await server.api().get(pipelines(world))).status).toBe(401)
  })

  it('only developers read what a pipeline was started with', async () => {
    const world = await aDeploymentWorld(server)
    await push(world, file)
    const variables = [
      { key: 'COLOR', value: 'blue' },
      { key: 'CONFIG', value: 'a: 1', variable_type: 'file' },
    ]
    const made = await server
      .api(world.developer.token)
      .post<PipelineBody>(`/projects/${world.project.id}/pipeline`, { ref: 'main', variables })
    const reporter = await aMember(server, { project: world.project }, 'reporter')
    const path = `${pipelines(world)}/${made.body.id}/variables`
    expect(await server.api(world.developer.token).get(path)).toMatchObject({
      status: 200,
      body: [
        { key: 'COLOR', value: 'blue', variable_type: 'env_var', raw: false },
        { key: 'CONFIG', value: 'a: 1', variable_type: 'file', raw: false },
      ],
    })
    expect((await server.api(reporter.token).get(path)).status).toBe(403)
  })
})

describe('POST /projects/:id/pipeline', () => {
  it('takes a branch before a tag of the same name, and a full name for what it says', async () => {
    const world = await aDeploymentWorld(server)
    const first = await push(world, file)
    const second = await push(world, file)
    const repository = server.app.repositories.open(world.project.id)
    await createRef(repository, { type: 'tag', name: 'main' }, first.sha)
    await createRef(repository, { type: 'tag', name: 'v1' }, first.sha)
    const api = server.api(world.developer.token)
    const run = (ref: string) => api.post(`/projects/${world.project.id}/pipeline?ref=${encodeURIComponent(ref)}`)
    expect(await run('main')).toMatchObject({ status: 201, body: { sha: second.sha, tag: false, source: 'api' } })
    expect(await run('refs/tags/main')).toMatchObject({ status: 201, body: { sha: first.sha, tag: true, ref: 'main' } })
    expect(await run('v1')).toMatchObject({ status: 201, body: { sha: first.sha, tag: true, ref: 'v1' } })
    for (const ref of ['nowhere', first.sha, '../main', 'HEAD', '']) {
      const answer = await run(ref)
      expect([ref, answer.status, answer.body]).toEqual([ref, 400, { message: { base: ['Reference not found'] } }])
    }
  })

  it('takes variables in the forms of JSON and of a form', async () => {
    const world = await aDeploymentWorld(server)
    await push(world, file)
    const api = server.api(world.developer.token)
    const form = await api.post<PipelineBody>(
      `/projects/${world.project.id}/pipeline`,
      new URLSearchParams('ref=main&variables[][key]=A&variables[][value]=1&variables[][key]=B&variables[][value]=2'),
    )
    expect(form.status).toBe(201)
    expect((await api.get(`${pipelines(world)}/${form.body.id}/variables`)).body).toMatchObject([
      { key: 'A', value: '1' },
      { key: 'B', value: '2' },
    ])
  })

  it.each([
    [{}, { error: 'ref is missing' }],
    [{ ref: 'main', variables: [{ value: 'x' }] }, { error: 'variables[0][key] is missing' }],
    [
      { ref: 'main', variables: [{ key: 'A', value: '1', variable_type: 'secret' }] },
      { error: 'variables[0][variable_type] does not have a valid value' },
    ],
    [
      { ref: 'main', variables: [{ key: 'A-B', value: '1' }] },
      { message: { 'variables.key': ["can contain only letters, digits and '_'."] } },
    ],
    [
      {
        ref: 'main',
        variables: [
          { key: 'A', value: '1' },
          { key: 'A', value: '2' },
        ],
      },
      { message: { base: ['Duplicate variable name: A'] } },
    ],
  ])('refuses %j', async (body, answer) => {
    const world = await aDeploymentWorld(server)
    await push(world, file)
    const before = await count(world)
    expect(await server.api(world.developer.token).post(`/projects/${world.project.id}/pipeline`, body)).toMatchObject({
      status: 400,
      body: answer,
    })
    expect(await count(world)).toBe(before)
  })

  it('answers what is wrong with the configuration, and saves nothing', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, 'job:\n  stage: nowhere\n  script: [x]\n')
    const saved = await server.api(world.developer.token).get<PipelineBody>(`${pipelines(world)}/${pipelineId}`)
    expect(saved.body).toMatchObject({ status: 'failed', failure_reason: 'config_error' })
    const before = await count(world)
    const run = await server
      .api(world.developer.token)
      .post<{ message: { base: string[] } }>(`/projects/${world.project.id}/pipeline`, { ref: 'main' })
    expect([run.status, run.body.message.base[0]]).toEqual([400, expect.stringContaining('nowhere')])
    expect(await count(world)).toBe(before)
    await push(world, 'workflow: { rules: [ { when: never } ] }\njob: { script: [x] }\n').catch(() => undefined)
    expect(
      await server.api(world.developer.token).post(`/projects/${world.project.id}/pipeline`, { ref: 'main' }),
    ).toMatchObject({ status: 400, body: { message: { base: [expect.stringContaining('workflow:rules')] } } })
    const empty = await aDeploymentWorld(server)
    const repository = server.app.repositories.open(empty.project.id)
    const identity = { name: 'x', email: 'x@example.com' }
    await commitActions(repository, {
      branch: 'main',
      message: 'No configuration',
      author: identity,
      committer: identity,
      actions: [{ action: 'create', path: 'README', content: Buffer.from('x') }],
    })
    expect(
      await server.api(empty.developer.token).post(`/projects/${empty.project.id}/pipeline`, { ref: 'main' }),
    ).toMatchObject({ status: 400, body: { message: { base: ['Missing CI config file'] } } })
  })
})

// Reference A21: what a commit's message must say so that its push runs nothing, and whom that does not stop.
describe('a commit that asks to be skipped', () => {
  it.each([
    ['Fix [ci skip]', true],
    ['Fix [ci-skip]', true],
    ['Fix [ci_skip]', true],
    ['Fix [skip ci]', true],
    ['Fix [skip-ci]', true],
    ['Fix [skip_ci]', true],
    ['[Skip CI]', true],
    ['Fix\n\nwhy: [CI SKIP].', true],
    ['Fix ci skip', false],
    ['Fix [ciskip]', false],
    ['Fix [ci  skip]', false],
    ['Fix [ skip ci ]', false],
    ['Fix [ci skip please]', false],
    ['', false],
  ])('%j: %s', (message, skipped) => expect(asksToSkip(message)).toBe(skipped))

  it('still has the pipeline that somebody asks for', async () => {
    const world = await aDeploymentWorld(server)
    await push(world, file)
    const repository = server.app.repositories.open(world.project.id)
    const identity = { name: 'x', email: 'x@example.com' }
    await commitActions(repository, {
      branch: 'main',
      message: 'Fix [ci skip]',
      author: identity,
      committer: identity,
      actions: [{ action: 'create', path: 'README', content: Buffer.from('x') }],
    })
    const run = server.api(world.developer.token).post(`/projects/${world.project.id}/pipeline`, { ref: 'main' })
    expect(await run).toMatchObject({ status: 201, body: { source: 'api', status: 'pending' } })
  })
})

it('has no pipeline for a commit that is not there', async () => {
  const world = await aDeploymentWorld(server)
  await push(world, file)
  const project = await findProjectById(server.db, world.project.id)
  const actor = await findActor(server.db, world.developer.id)
  if (!project || !actor) throw new Error('not there')
  const before = await count(world)
  const place = { ref: 'main', refType: 'branch', beforeSha: zeroSha, source: 'push', variables: [] } as const
  expect(await createPipeline(server.app, { project, actor, sha: 'f'.repeat(40), ...place })).toEqual({
    ok: false,
    error: { code: 'invalid', errors: { base: ['Commit not found'] } },
  })
  expect(await count(world)).toBe(before)
})

describe('GET /projects/:id/pipelines', () => {
  it('filters, sorts and pages', async () => {
    const world = await aDeploymentWorld(server)
    const first = await push(world, file)
    const second = await push(world, file, world.maintainer)
    const broken = await push(world, 'nothing: [\n')
    const repository = server.app.repositories.open(world.project.id)
    await createRef(repository, { type: 'tag', name: 'v1' }, first.sha)
    const api = server.api(world.developer.token)
    const tagged = await api.post<PipelineBody>(`/projects/${world.project.id}/pipeline`, { ref: 'v1' })
    await api.put(`${pipelines(world)}/${second.pipelineId}/metadata`, { name: 'Release 2' })
    await api.post(`${pipelines(world)}/${first.pipelineId}/cancel`)
    const ids = async (query: string) => {
      const { status, body } = await api.get<PipelineBody[]>(`${pipelines(world)}?${query}`)
      expect(status).toBe(200)
      return body.map(({ id }) => id)
    }
    const all = [tagged.body.id, broken.pipelineId, second.pipelineId, first.pipelineId]
    expect(await ids('')).toEqual(all)
    expect(await ids('sort=asc')).toEqual(all.toReversed())
    expect(await ids('scope=branches')).toEqual([broken.pipelineId])
    expect(await ids('scope=tags')).toEqual([tagged.body.id])
    expect(await ids('scope=finished')).toEqual([broken.pipelineId, first.pipelineId])
    expect(await ids('scope=pending')).toContain(tagged.body.id)
    expect(await ids('status=failed')).toEqual([broken.pipelineId])
    expect(await ids('scope=finished&status=pending')).toEqual([])
    expect(await ids('ref=v1')).toEqual([tagged.body.id])
    expect(await ids(`sha=${second.sha}`)).toEqual([second.pipelineId])
    expect(await ids('source=api')).toEqual([tagged.body.id])
    expect(await ids(`username=${world.maintainer.username.toUpperCase()}`)).toEqual([second.pipelineId])
    expect(await ids('username=nobody-at-all')).toEqual([])
    expect(await ids('yaml_errors=true')).toEqual([broken.pipelineId])
    expect(await ids('name=Release%202')).toEqual([second.pipelineId])
    expect(await ids('updated_after=2099-01-01T00:00:00Z')).toEqual([])
    expect(await ids('created_before=2099-01-01T00:00:00Z&created_after=2000-01-01')).toEqual(all)
    expect(await ids('order_by=ref&sort=asc')).toEqual([...all.slice(1).toReversed(), tagged.body.id])
    const page = await api.get<PipelineBody[]>(`${pipelines(world)}?per_page=3&page=2`)
    expect(page.body.map(({ id }) => id)).toEqual([first.pipelineId])
    expect([page.headers.get('x-total'), page.headers.get('x-prev-page')]).toEqual(['4', '1'])
    expect((await api.get<PipelineBody[]>(`${pipelines(world)}?ref=v1`)).body[0]).toMatchObject({
      name: null,
      source: 'api',
      web_url: expect.stringContaining(`/-/pipelines/${tagged.body.id}`),
    })
    expect(await api.get(`${pipelines(world)}?scope=all`)).toMatchObject({
      status: 400,
      body: { error: 'scope does not have a valid value' },
    })
  })
})

describe('changing a pipeline', () => {
  it('names it, takes the name away, and refuses one that is too long', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const api = server.api(world.developer.token)
    const path = `${pipelines(world)}/${pipelineId}/metadata`
    expect(await api.put(path, { name: ' Release 7 ' })).toMatchObject({ status: 200, body: { name: 'Release 7' } })
    expect(await api.put(path, { name: 'x'.repeat(256) })).toMatchObject({
      status: 400,
      body: { message: 'Failed to update pipeline - Name is too long (maximum is 255 characters)' },
    })
    expect(await api.put(path, {})).toMatchObject({ status: 400, body: { error: 'name is missing' } })
    expect(await api.put(path, { name: '' })).toMatchObject({ status: 200, body: { name: null } })
  })

  it('starts no manual or delayed job because it is retried', async () => {
    const world = await aDeploymentWorld(server)
    const manual = 'ask: {script: [echo], when: manual}\nlater: {script: [echo], when: delayed, start_in: 1 day}\n'
    const { pipelineId } = await push(world, `${manual}build: {script: [echo]}`)
    const api = server.api(world.developer.token)
    await api.post(`${pipelines(world)}/${pipelineId}/cancel`)
    expect(await statuses(server, pipelineId)).toEqual({ ask: 'canceled', later: 'canceled', build: 'canceled' })
    await api.post(`${pipelines(world)}/${pipelineId}/retry`)
    expect(await statuses(server, pipelineId)).toEqual({ ask: 'manual', later: 'scheduled', build: 'pending' })
    // Whoever retries one job wants that one to run.
    const [ask] = (await api.get<{ id: number }[]>(`${pipelines(world)}/${pipelineId}/jobs?scope=manual`)).body
    await api.post(`/projects/${world.project.id}/jobs/${ask?.id}/cancel`)
    const again = await api.post(`/projects/${world.project.id}/jobs/${ask?.id}/retry`)
    expect(again).toMatchObject({ status: 201, body: { status: 'pending' } })
  })

  it('cancels and retries its jobs', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const api = server.api(world.developer.token)
    expect(await api.post(`${pipelines(world)}/${pipelineId}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'canceled', detailed_status: { text: 'Canceled' } },
    })
    expect(await api.post(`${pipelines(world)}/${pipelineId}/retry`)).toMatchObject({
      status: 201,
      body: { status: 'pending' },
    })
    const jobs = await api.get<{ name: string; status: string; retried: boolean }[]>(
      `${pipelines(world)}/${pipelineId}/jobs`,
    )
    expect(jobs.body.map(({ name, status, retried }) => [name, status, retried])).toEqual([
      ['compile', 'pending', false],
      ['check', 'pending', false],
      ['ship', 'created', false],
    ])
    const every = await api.get<unknown[]>(`${pipelines(world)}/${pipelineId}/jobs?include_retried=true`)
    expect(every.body).toHaveLength(6)
    const scoped = await api.get<unknown[]>(
      `${pipelines(world)}/${pipelineId}/jobs?include_retried=true&scope[]=created&scope[]=canceled`,
    )
    expect(scoped.body).toHaveLength(4)
    expect(await api.get(`${pipelines(world)}/${pipelineId}/jobs?scope=waiting`)).toMatchObject({
      status: 400,
      body: { error: 'scope does not have a valid value' },
    })
    expect(await api.get(`${pipelines(world)}/${pipelineId}/bridges`)).toMatchObject({ status: 200, body: [] })
  })

  it('leaves alone what a protected environment keeps the caller out of', async () => {
    const world = await aDeploymentWorld(server)
    await protect(world, { name: 'production', deploy_access_levels: [{ user_id: world.maintainer.id }] })
    const { pipelineId } = await push(world, file, world.maintainer)
    const api = server.api(world.developer.token)
    await api.post(`${pipelines(world)}/${pipelineId}/cancel`)
    const states = async () =>
      (await api.get<{ name: string; status: string }[]>(`${pipelines(world)}/${pipelineId}/jobs`)).body.map(
        ({ name, status }) => `${name} ${status}`,
      )
    expect(await states()).toContain('compile canceled')
    expect(await states()).not.toContain('ship canceled')
  })

  it('answers empty test reports', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId } = await push(world, file)
    const api = server.api(world.developer.token)
    expect(await api.get(`${pipelines(world)}/${pipelineId}/test_report`)).toMatchObject({
      status: 200,
      body: { total_time: 0, total_count: 0, test_suites: [] },
    })
    expect(await api.get(`${pipelines(world)}/${pipelineId}/test_report_summary`)).toMatchObject({
      status: 200,
      body: { total: { count: 0, suite_error: null }, test_suites: [] },
    })
  })
})

describe('DELETE', () => {
  it('removes jobs and ref, cancels what runs, and keeps deployments as history', async () => {
    const world = await aDeploymentWorld(server)
    const { pipelineId, sha } = await push(world, file)
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.update(job, 'running')
    const deployment = await deploymentOf(world, pipelineId)
    const repository = server.app.repositories.open(world.project.id)
    expect(await readRef(repository, pipelineRef(pipelineId))).toBe(sha)
    const owner = await aMember(server, { project: world.project }, 'owner')
    expect(await server.api(owner.token).delete(`${pipelines(world)}/${pipelineId}`)).toMatchObject({
      status: 204,
      body: null,
    })
    expect((await server.api(owner.token).get(`${pipelines(world)}/${pipelineId}`)).status).toBe(404)
    expect((await server.api(owner.token).delete(`${pipelines(world)}/${pipelineId}`)).status).toBe(404)
    const kept = server.db.selectFrom('deployments').selectAll().where('id', '=', deployment.id)
    expect(await kept.executeTakeFirst()).toMatchObject({ status: 'canceled', job_id: null, pipeline_id: null, sha })
    expect(await runner.update(job, 'success')).toMatchObject({ code: 404 })
    const audit = server.db
      .selectFrom('audit_events')
      .select(['event_name', 'author_name', 'target_details'])
      .where('target_type', '=', 'Ci::Pipeline')
      .where('target_id', '=', pipelineId)
    expect(await audit.execute()).toEqual([
      { event_name: 'destroy_pipeline', author_name: owner.name, target_details: '#1' },
    ])
    await expect.poll(() => readRef(repository, pipelineRef(pipelineId)), { timeout: 20_000 }).toBeNull()
  })
})

function pipelines(world: DeploymentWorld): string {
  return `/projects/${world.project.id}/pipelines`
}

async function onlyMembersReadJobs(world: DeploymentWorld): Promise<void> {
  await inTransaction(server.app.db, (tx) =>
    tx.updateTable('projects').set({ public_jobs: false }).where('id', '=', world.project.id).execute(),
  )
}

async function count(world: DeploymentWorld): Promise<number> {
  const rows = await server.db.selectFrom('pipelines').select('id').where('project_id', '=', world.project.id).execute()
  return rows.length
}
