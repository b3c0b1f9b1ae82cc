/** Trigger tokens, and the pipelines that they and job tokens start. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PipelineEntity } from '../../src/contract/pipeline-entities.ts'
import type { TriggerEntity } from '../../src/contract/triggers.ts'
import { apiAt } from '../helpers/api.ts'
import { aMember, aProject, aToken, aUser, type Role, type TestUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  seedFile,
  vote,
} from '../helpers/deployment-world.ts'
import { run, statuses } from '../helpers/pipelines.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
let world: DeploymentWorld
let base: string
let now = new Date()

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 }, now: () => now })
})
afterAll(() => server.stop())
beforeEach(async () => {
  now = new Date()
  world = await aDeploymentWorld(server)
  base = `/projects/${world.project.id}`
})

const onlyTriggered = `ping:
  script: [echo]
  only: [triggers]
pushed:
  script: [echo]
  except: [triggers]
`

async function aTrigger(by: TestUser = world.maintainer, more: object = {}): Promise<TriggerEntity> {
  const made = await server.api(by.token).post<TriggerEntity>(`${base}/triggers`, { description: 'a test', ...more })
  if (made.status !== 201) throw new Error(`trigger: ${made.status} ${JSON.stringify(made.body)}`)
  return made.body
}

/** Nobody is signed in: the token is all there is. */
async function pull(token: string, body: object = {}, project = world.project) {
  return server.api().post<PipelineEntity>(`/projects/${project.id}/trigger/pipeline`, { token, ref: 'main', ...body })
}

async function variables(pipelineId: number): Promise<Record<string, [string, string]>> {
  const rows = await server.db
    .selectFrom('pipeline_variables')
    .select(['key', 'value', 'variable_type'])
    .where('pipeline_id', '=', pipelineId)
    .execute()
  return Object.fromEntries(rows.map((row) => [row.key, [row.variable_type, row.value]]))
}

async function audit() {
  return server.db
    .selectFrom('audit_events')
    .select(['event_name', 'author_id', 'target_details', 'details'])
    .where('entity_type', '=', 'Project')
    .where('entity_id', '=', world.project.id)
    .where('event_name', 'like', 'pipeline_trigger%')
    .orderBy('id')
    .execute()
}

describe('trigger tokens', () => {
  test('T1 who may do what, role by role', async () => {
    const { id } = await aTrigger()
    const expected: [Role | 'anonymous' | 'outsider' | 'admin', number, number, number, number][] = [
      // read, create, describe somebody else's, delete
      ['anonymous', 401, 401, 401, 401],
      ['outsider', 404, 404, 404, 404],
      ['guest', 403, 403, 403, 403],
      ['planner', 403, 403, 403, 403],
      ['reporter', 403, 403, 403, 403],
      ['developer', 403, 403, 403, 403],
      ['maintainer', 200, 201, 403, 404],
      ['owner', 200, 201, 403, 404],
      ['admin', 200, 201, 403, 404],
    ]
    for (const [who, read, create, describes, destroy] of expected) {
      const token =
        who === 'anonymous'
          ? undefined
          : who === 'outsider' || who === 'admin'
            ? (await aUser(server, { admin: who === 'admin' })).token
            : (await aMember(server, { project: world.project }, who)).token
      const as = server.api(token)
      const answers = [
        (await as.get(`${base}/triggers`)).status,
        (await as.get(`${base}/triggers/${id}`)).status,
        (await as.post(`${base}/triggers`, { description: who })).status,
        (await as.put(`${base}/triggers/${id}`, { description: 'mine now' })).status,
        // Somebody allowed to delete finds nothing under this id.
        (await as.delete(`${base}/triggers/2000000000`)).status,
      ]
      expect([who, ...answers]).toEqual([who, read, read, create, describes, destroy])
    }
  })

  test('create, read, describe, delete, each on the record', async () => {
    const api = server.api(world.maintainer.token)
    const made = await aTrigger()
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(made).toMatchObject({
      token: expect.stringMatching(/^glptt-\S{32}$/),
      description: 'a test',
      created_at: timestamp,
      updated_at: timestamp,
      last_used: null,
      expires_at: null,
      owner: { id: world.maintainer.id, username: world.maintainer.username },
    })
    expect((await api.get(`${base}/triggers/${made.id}`)).body).toEqual(made)
    await aTrigger()
    const list = await api.get<TriggerEntity[]>(`${base}/triggers?per_page=1`)
    expect([list.body, list.headers.get('x-total')]).toEqual([[made], '2'])
    const changed = await api.put<TriggerEntity>(`${base}/triggers/${made.id}`, { description: 'other' })
    expect(changed).toMatchObject({ status: 200, body: { description: 'other', token: made.token } })
    expect(await api.delete(`${base}/triggers/${made.id}`)).toMatchObject({ status: 204, body: null })
    expect(await api.get(`${base}/triggers/${made.id}`)).toMatchObject({
      status: 404,
      body: { message: '404 Not found' },
    })
    expect(await audit()).toMatchObject([
      { event_name: 'pipeline_trigger_created', author_id: world.maintainer.id },
      { event_name: 'pipeline_trigger_created' },
      { event_name: 'pipeline_trigger_updated', details: { before: { description: 'a test' } } },
      { event_name: 'pipeline_trigger_deleted', target_details: made.token.slice(6, 10) },
    ])
    expect(JSON.stringify(await audit())).not.toContain(made.token)
    const missing = await api.post(`${base}/triggers`, {})
    expect(missing).toMatchObject({ status: 400, body: { error: 'description is missing' } })
  })

  test('T19 only the owner sees the whole token, and not with a token that may only read', async () => {
    const made = await aTrigger()
    const another = await aMember(server, { project: world.project }, 'owner')
    const reading = await aToken(server, world.maintainer, ['read_api'])
    for (const token of [another.token, reading.token, server.rootToken]) {
      const seen = await server.api(token).get<TriggerEntity[]>(`${base}/triggers`)
      expect(seen.body[0]?.token).toBe(made.token.slice(6, 10))
    }
  })
})

describe('a triggered pipeline', () => {
  test('runs as the owner, with the variables and what else was sent', async () => {
    await push(world, onlyTriggered)
    const { id, token } = await aTrigger()
    const made = await pull(token, { variables: { COLOUR: 'red' }, more: { nested: [1] } })
    expect(made).toMatchObject({
      status: 201,
      body: { source: 'trigger', ref: 'main', user: { id: world.maintainer.id } },
    })
    expect(await statuses(server, made.body.id)).toEqual({ ping: 'pending' })
    const known = await variables(made.body.id)
    expect(known['COLOUR']).toEqual(['env_var', 'red'])
    expect(known['TRIGGER_PAYLOAD']?.[0]).toBe('file')
    expect(JSON.parse(known['TRIGGER_PAYLOAD']?.[1] ?? '')).toEqual({
      id: String(world.project.id),
      ref: 'main',
      variables: { COLOUR: 'red' },
      more: { nested: [1] },
    })
    const runner = await aRunner(server, { projectId: world.project.id })
    await run(runner, 'pushed')
    const job = await runner.request()
    const given = new Map(job?.variables.map((variable) => [variable.key, variable]))
    expect(given.get('CI_PIPELINE_TRIGGERED')?.value).toBe('true')
    expect(given.get('CI_PIPELINE_SOURCE')?.value).toBe('trigger')
    expect(given.get('CI_TRIGGER_SHORT_TOKEN')?.value).toBe(token.slice(6, 10))
    expect(given.get('GITLAB_USER_LOGIN')?.value).toBe(world.maintainer.username)
    expect(given.get('TRIGGER_PAYLOAD')).toMatchObject({ file: true })
    const used = await server.api(world.maintainer.token).get<TriggerEntity>(`${base}/triggers/${id}`)
    expect(used.body.last_used).not.toBeNull()
  })

  test('may be asked for as a form, in the query, and with the ref in the path', async () => {
    await push(world, onlyTriggered)
    const { token } = await aTrigger()
    await server.api(world.developer.token).post(`${base}/repository/branches`, { branch: 'a/b', ref: 'main' })
    const form = new URLSearchParams({ token, ref: 'main', 'variables[A]': 'x=1' })
    const made = await server.api().post<PipelineEntity>(`${base}/trigger/pipeline`, form)
    expect(made.status).toBe(201)
    expect((await variables(made.body.id))['A']).toEqual(['env_var', 'x=1'])
    expect((await server.api().post(`${base}/trigger/pipeline?token=${token}&ref=main`)).status).toBe(201)
    const hook = await server
      .api()
      .post<PipelineEntity>(`${base}/ref/a%2Fb/trigger/pipeline?token=${token}`, { ref: 'refs/heads/main' })
    expect(hook).toMatchObject({ status: 201, body: { ref: 'a/b' } })
  })

  test('takes inputs, and is kept as failed when the configuration refuses them', async () => {
    const file =
      'spec:\n  inputs:\n    where:\n      options: [here]\n---\n"to $[[ inputs.where ]]": {script: [echo]}\n'
    await push(world, file.replace('options: [here]', 'default: here'))
    const { token } = await aTrigger()
    const made = await pull(token, { inputs: { where: 'there' } })
    expect(await statuses(server, made.body.id)).toEqual({ 'to there': 'pending' })
    const unknown = await pull(token, { inputs: { other: 'x' } })
    expect(unknown).toMatchObject({ status: 201, body: { status: 'failed', failure_reason: 'config_error' } })
  })

  test.each<[string, object, number, unknown]>([
    ['no ref', { ref: undefined }, 400, { error: 'ref is missing' }],
    ['a blank ref', { ref: ' ' }, 400, { error: 'ref is empty' }],
    ['no such ref', { ref: 'nowhere' }, 400, { message: { base: ['Reference not found'] } }],
    ['no token', { token: undefined }, 400, { error: 'token is missing' }],
    ['a wrong token', { token: 'glptt-wrong' }, 404, { message: '404 Not Found' }],
    [
      'variables that are not text',
      { variables: { A: ['x'] } },
      400,
      { message: 'variables needs to be a map of key-valued strings' },
    ],
    ['variables that are no map', { variables: 'A' }, 400, { error: 'variables is invalid' }],
    [
      'a variable of the payload',
      { variables: { TRIGGER_PAYLOAD: 'mine' } },
      400,
      { message: { base: ['Duplicate variable name: TRIGGER_PAYLOAD'] } },
    ],
  ])('refused: %s', async (_, body, status, answer) => {
    await push(world, onlyTriggered)
    const { token } = await aTrigger()
    expect(await pull(token, body)).toMatchObject({ status, body: answer })
    const pipelines = server.db.selectFrom('pipelines').select('source').where('project_id', '=', world.project.id)
    expect((await pipelines.execute()).map(({ source }) => source)).toEqual(['push'])
  })

  test('not for another project, an expired or a deleted token, a personal token, a pipeline event', async () => {
    await push(world, onlyTriggered)
    const { id, token } = await aTrigger()
    const notFound = { status: 404, body: { message: '404 Not Found' } }
    expect(await pull(token, {}, await aProject(server, { visibility: 'public' }))).toMatchObject(notFound)
    expect(await pull(world.maintainer.token)).toMatchObject(notFound)
    const hook = await apiAt(server.url).post(
      `${base}/trigger/pipeline`,
      { token, ref: 'main' },
      { 'x-gitlab-event': 'Pipeline Hook' },
    )
    expect(hook).toMatchObject({ status: 403, body: { message: '403 Forbidden' } })
    const short = await aTrigger(world.maintainer, { expires_at: new Date(now.getTime() + 60_000).toISOString() })
    expect((await pull(short.token)).status).toBe(201)
    now = new Date(now.getTime() + 61_000)
    expect(await pull(short.token)).toMatchObject(notFound)
    const past = await server
      .api(world.maintainer.token)
      .post(`${base}/triggers`, { description: 'x', expires_at: '2020-01-01' })
    expect(past).toMatchObject({ status: 400, body: { message: { expires_at: ['must be in the future'] } } })
    await server.api(world.maintainer.token).delete(`${base}/triggers/${id}`)
    expect(await pull(token)).toMatchObject(notFound)
  })
})

describe('T3 T4 whose rights count, at that moment', () => {
  const refused = { status: 400, body: { message: { base: ['Insufficient permissions to create a new pipeline'] } } }
  const ways: [string, (owner: TestUser & { member: { id: number } }) => Promise<unknown>][] = [
    ['removed', (owner) => server.api(world.maintainer.token).delete(`${base}/members/${owner.id}`)],
    ['demoted', (owner) => server.api(server.rootToken).put(`${base}/members/${owner.id}`, { access_level: 20 })],
    ['blocked', (owner) => server.api(server.rootToken).post(`/users/${owner.id}/block`)],
    ['deactivated', (owner) => server.api(server.rootToken).post(`/users/${owner.id}/deactivate`)],
  ]
  test.each(ways)('the owner was %s: refused', async (_, away) => {
    await push(world, onlyTriggered)
    const owner = await aMember(server, { project: world.project }, 'maintainer')
    const { token } = await aTrigger(owner)
    expect((await pull(token)).status).toBe(201)
    await away(owner)
    expect(await pull(token)).toMatchObject(refused)
  })

  test('the owner was deleted: the token is gone', async () => {
    const owner = await aMember(server, { project: world.project }, 'maintainer')
    const { token } = await aTrigger(owner)
    expect((await server.api(server.rootToken).delete(`/users/${owner.id}`)).status).toBe(204)
    expect((await pull(token)).status).toBe(404)
  })

  test('the project is archived: refused', async () => {
    await push(world, onlyTriggered)
    const { token } = await aTrigger()
    await server.api(server.rootToken).post(`${base}/archive`)
    expect(await pull(token)).toMatchObject(refused)
  })
})

describe('a triggered deployment', () => {
  /** Protected: one approval by the maintainers' group. */
  beforeEach(async () => {
    await inviteOperators(world)
    const rule = { group_id: world.operators.id, required_approvals: 1 }
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      approval_rules: [rule],
    })
    await push(world, seedFile)
  })

  test('T10 T12 is blocked as any other, and its creator is the owner, whatever was sent', async () => {
    const { token } = await aTrigger()
    const claims = { user_id: world.developer.id, username: world.developer.username, sudo: world.developer.username }
    const made = await pull(token, { ...claims, user: claims, source: 'push', triggerer: world.developer.id })
    const deployment = await deploymentOf(world, made.body.id)
    expect(deployment).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    const own = await vote(world, deployment.id, world.maintainer, { status: 'approved' })
    expect(own).toMatchObject({ status: 400, body: { message: expect.stringMatching(/cannot approve your own/) } })
    expect((await vote(world, deployment.id, world.developer, { status: 'approved' })).status).toBe(201)
    expect(await deploymentOf(world, made.body.id)).toMatchObject({ jobStatus: 'pending' })
  })

  test('T30 the owner left between the approval and the start: no start', async () => {
    const { token } = await aTrigger()
    const made = await pull(token)
    const deployment = await deploymentOf(world, made.body.id)
    await vote(world, deployment.id, world.developer, { status: 'approved' })
    await server.api(server.rootToken).post(`/users/${world.maintainer.id}/block`)
    const runner = await aRunner(server, { projectId: world.project.id })
    expect(await runner.request()).toBeNull()
    expect((await deploymentOf(world, made.body.id)).jobStatus).not.toBe('running')
  })
})

describe('a job token as the token', () => {
  const file =
    'asks: {script: [echo], rules: [{if: $CI_PIPELINE_SOURCE == "push"}]}\nmade: {script: [echo], only: [pipelines]}'

  async function aRunningJob(by: TestUser) {
    await push(world, file, by)
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.update(job, 'running')
    return { runner, job }
  }

  test('starts a downstream pipeline as the user of the job, which remembers where it came from', async () => {
    const { runner, job } = await aRunningJob(world.developer)
    const made = await pull(job.token)
    expect(made).toMatchObject({ status: 201, body: { source: 'pipeline', user: { id: world.developer.id } } })
    await run(runner, 'made')
    const row = await server.db
      .selectFrom('pipelines')
      .select(['requester_id', 'predefined'])
      .where('id', '=', made.body.id)
      .executeTakeFirstOrThrow()
    expect(row.requester_id).toBe(world.developer.id)
    const predefined = new Map(row.predefined.map(({ key, value }) => [key, value]))
    expect(predefined.get('CI_UPSTREAM_JOB_ID')).toBe(String(job.id))
    expect(predefined.has('CI_PIPELINE_TRIGGERED')).toBe(false)
  })

  test('T4 not after the job has ended', async () => {
    const { runner, job } = await aRunningJob(world.developer)
    await runner.update(job, 'success')
    expect(await pull(job.token)).toMatchObject({ status: 404, body: { message: '404 Not Found' } })
  })

  test('T19 an administrator’s job has no more than their role in the other project', async () => {
    const admin = await aUser(server, { admin: true })
    await aMember(server, { project: world.project }, 'developer', { user: admin })
    const { job } = await aRunningJob(admin)
    expect((await pull(job.token, {}, await aProject(server))).status).toBe(404)
    const seen = await aProject(server, { visibility: 'public' })
    expect(await pull(job.token, {}, seen)).toMatchObject({
      status: 400,
      body: { message: { base: ['Insufficient permissions to create a new pipeline'] } },
    })
  })

  test('T12 whoever asked for the first pipeline cannot approve what a script of theirs set going', async () => {
    const deploying = `asks: {script: [echo], rules: [{if: $CI_PIPELINE_SOURCE == "push", when: manual}]}
deploy: {script: [echo], environment: production, rules: [{if: $CI_PIPELINE_SOURCE == "pipeline"}]}`
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      required_approval_count: 1,
      deploy_access_levels: [{ access_level: 30 }],
    })
    const { pipelineId } = await push(world, deploying, world.developer)
    const { id } = await server.db
      .selectFrom('jobs')
      .select('id')
      .where('pipeline_id', '=', pipelineId)
      .executeTakeFirstOrThrow()
    // Another person plays the job, whose script then asks with that person's rights.
    expect((await server.api(world.maintainer.token).post(`${base}/jobs/${id}/play`)).status).toBe(200)
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.update(job, 'running')
    const made = await pull(job.token)
    expect(made.body.user?.id).toBe(world.maintainer.id)
    const deployment = await deploymentOf(world, made.body.id)
    expect(deployment.status).toBe('blocked')
    const own = await vote(world, deployment.id, world.developer, { status: 'approved' })
    expect(own).toMatchObject({ status: 400, body: { message: expect.stringMatching(/cannot approve your own/) } })
  })
})
