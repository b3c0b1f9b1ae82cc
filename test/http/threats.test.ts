/** Threats that cross several areas, each a story over HTTP (see also the tests named T… beside their areas). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember, aUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  anOperator,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  seedFile,
  vote,
} from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'

let server: TestServer
let world: DeploymentWorld
let runner: TestRunner
let base: string
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  await inviteOperators(world)
  base = `/projects/${world.project.id}`
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ group_id: world.operators.id }],
    required_approval_count: 1,
  })
  runner = await aRunner(server, { projectId: world.project.id })
})

const root = () => server.api(server.rootToken)
const approved = { status: 'approved' }
const waiting = { status: 'blocked', jobStatus: 'manual' }
const mayNot = "You don't have permission to approve this deployment. Contact the project or group owner for help."

/** A deployment that waits, and how it is now. */
async function blocked(file = seedFile) {
  const { pipelineId, sha } = await push(world, file)
  const { id, jobId } = await deploymentOf(world, pipelineId)
  const now = () => deploymentOf(world, pipelineId)
  expect(await now()).toMatchObject(waiting)
  return { id, jobId, sha, now }
}

async function ok(answer: Promise<{ readonly status: number; readonly body: unknown }>): Promise<void> {
  const { status, body } = await answer
  expect([status < 300, status, body]).toEqual([true, status, body])
}

describe('T3 whoever loses their rights after voting opens nothing', () => {
  type Loss = (voter: { readonly id: number }) => Promise<unknown>
  const expire = (userId: number) =>
    inTransaction(server.db, (tx) =>
      tx
        .updateTable('members')
        .set({ expires_at: '2020-01-01' })
        .where('user_id', '=', userId)
        .where('namespace_id', '=', world.operators.id)
        .execute(),
    )
  const losses: [string, Loss][] = [
    ['removed from the group', ({ id }) => ok(root().delete(`/groups/${world.operators.id}/members/${id}`))],
    ['blocked', ({ id }) => ok(root().post(`/users/${id}/block`))],
    ['membership in the group over', ({ id }) => expire(id)],
    ['the group not invited any more', () => ok(root().delete(`${base}/share/${world.operators.id}`))],
  ]
  it.each(losses)('%s', async (way, lose) => {
    const deployment = await blocked()
    const voter = await anOperator(world)
    expect((await vote(world, deployment.id, voter, approved)).status).toBe(201)
    await lose(voter)
    expect(await runner.request()).toBeNull()
    // Where nobody is left who may deploy, the job fails; in no case does it run.
    const after = await deployment.now()
    expect([way, ['blocked', 'failed'].includes(after.status), after.jobStatus === 'running']).toEqual([
      way,
      true,
      false,
    ])
    expect([way, (await vote(world, deployment.id, voter, approved)).status >= 400]).toEqual([way, true])
  })
})

it('T4 no credential of somebody who was blocked votes or starts', async () => {
  const deployment = await blocked()
  const person = world.maintainer
  await ok(root().post(`/users/${person.id}/block`))
  const api = server.api(person.token)
  const denied = { status: 403, body: { message: '403 Forbidden - Your account has been blocked.' } }
  expect(await api.post(`${base}/deployments/${deployment.id}/approval`, approved)).toMatchObject(denied)
  expect(await api.post(`${base}/jobs/${deployment.jobId}/play`)).toMatchObject(denied)
  expect(await deployment.now()).toMatchObject(waiting)
})

describe('T5 T6 T31 what is approved is exactly what would run', () => {
  const variable = (place: string, more: object = {}) =>
    ok(root().post(`${place}/variables`, { key: 'T5', value: 'x', ...more }))
  const changes: [string, boolean, () => Promise<unknown>][] = [
    ['a variable of the project', true, () => variable(base)],
    ['one of the instance', true, () => variable('/admin/ci')],
    ['one for this environment', true, () => variable(base, { environment_scope: 'production' })],
    ['T6 the tier of the environment', true, () => changeEnvironment({ tier: 'staging' })],
    ['nothing: a variable for another environment', false, () => variable(base, { environment_scope: 'staging' })],
    ['nothing: what is written about the environment', false, () => changeEnvironment({ description: 'the real one' })],
  ]
  const changeEnvironment = async (change: object) => {
    const { body } = await root().get<{ id: number }[]>(`${base}/environments?name=production`)
    await ok(root().put(`${base}/environments/${body[0]?.id}`, change))
  }
  it.each(changes)('changed after the vote: %s', async (_, isVoid, change) => {
    const deployment = await blocked()
    expect((await vote(world, deployment.id, world.maintainer, approved)).status).toBe(201)
    await change()
    // Nothing runs later that would make it so: the very next question has the answer.
    const { body } = await root().get(`${base}/deployments/${deployment.id}`)
    expect(body).toMatchObject({ pending_approval_count: isVoid ? 1 : 0, approvals: [{ counts: !isVoid }] })
    const job = await runner.request()
    expect(job?.id ?? null).toBe(isVoid ? null : deployment.jobId)
    if (isVoid) expect(await deployment.now()).toMatchObject(waiting)
    await root().delete('/admin/ci/variables/T5')
  })
})

describe('T11 the branch is no way round', () => {
  it('a branch of somebody’s own meets the same gate', async () => {
    await push(world)
    await ok(server.api(world.developer.token).post(`${base}/repository/branches`, { branch: 'mine', ref: 'main' }))
    const { body } = await server.api(world.developer.token).post<{ id: number }>(`${base}/pipeline`, { ref: 'mine' })
    expect(await deploymentOf(world, body.id)).toMatchObject(waiting)
  })

  it('what runs is the commit that was approved, whatever the branch is by then', async () => {
    const patient = `${seedFile}workflow: { auto_cancel: { on_new_commit: none } }\n`
    const deployment = await blocked(patient)
    await vote(world, deployment.id, world.maintainer, approved)
    await push(world, `${patient}# another\n`)
    const job = await runner.request()
    expect(job).toMatchObject({ id: deployment.jobId, git_info: { sha: deployment.sha } })
  })
})

describe('T17 what approvers type is text', () => {
  it('is kept as it is, and answered as JSON that no browser takes for a page', async () => {
    const deployment = await blocked()
    const comment = '<script>alert(1)</script> \u202e ${x} `id` 日本'
    expect(await vote(world, deployment.id, world.maintainer, { ...approved, comment })).toMatchObject({
      status: 201,
      body: { comment },
    })
    const { headers } = await root().get(`${base}/deployments/${deployment.id}`)
    expect([headers.get('content-type'), headers.get('x-content-type-options')]).toEqual([
      'application/json',
      'nosniff',
    ])
  })

  it.each<[string, object]>([
    ['a long comment', { comment: 'x'.repeat(256) }],
    ['a comment with NUL', { comment: 'a\0b' }],
    ['a comment that is a list', { comment: ['x'] }],
    ['a comment that is an object', { comment: { filename: '../../x', tempfile: '/etc/passwd' } }],
    ['a status of its own', { status: 'approved ' }],
    ['a rule that is an object', { represented_as: { id: 1 } }],
  ])('refuses %s', async (_, body) => {
    const deployment = await blocked()
    const answer = await server
      .api(world.maintainer.token)
      .post(`${base}/deployments/${deployment.id}/approval`, { ...approved, ...body })
    expect(answer.status).toBe(400)
    expect(await deployment.now()).toMatchObject(waiting)
  })

  it('takes no files: what is sent as one is no comment', async () => {
    const deployment = await blocked()
    const form = new FormData()
    form.append('status', 'approved')
    form.append('comment', new Blob(['a file']), '../../comment.txt')
    const response = await fetch(`${server.url}/api/v4${base}/deployments/${deployment.id}/approval`, {
      method: 'POST',
      headers: { 'private-token': world.maintainer.token },
      body: form,
    })
    expect([response.status, await response.json()]).toMatchObject([201, { comment: null }])
  })
})

describe('T25 the API is no second door', () => {
  const record = (token: string, sha: string, status: string) =>
    server.api(token).post<{ id: number; status: string }>(`${base}/deployments`, {
      environment: 'production',
      sha,
      ref: 'main',
      tag: false,
      status,
    })

  it.each(['success', 'running'])('a deployment recorded as %s waits like a job', async (status) => {
    const { sha } = await push(world)
    const made = await record(world.developer.token, sha, status)
    expect(made).toMatchObject({ status: 201, body: { status: 'blocked' } })
    const path = `${base}/deployments/${made.body.id}`
    expect((await server.api(world.developer.token).put(path, { status })).status).toBe(400)
    expect((await vote(world, made.body.id, world.developer, approved)).status).toBe(400)
    expect((await vote(world, made.body.id, world.maintainer, approved)).status).toBe(201)
    expect(await server.api(world.developer.token).put(path, { status })).toMatchObject({
      status: 200,
      body: { status },
    })
  })

  it('whoever may not deploy records nothing', async () => {
    const { sha } = await push(world)
    const developer = await aMember(server, { project: world.project }, 'developer')
    expect((await record(developer.token, sha, 'success')).status).toBe(403)
  })

  it('the job that waits, and its neighbours, cannot answer for it', async () => {
    const { pipelineId } = await push(world, `${seedFile}build: { stage: deploy, script: [make] }\n`)
    const { id } = await deploymentOf(world, pipelineId)
    const job = await runner.request()
    const headers = { 'job-token': job?.token ?? '' }
    expect(job?.job_info.name).toBe('build')
    const path = `${base}/deployments/${id}`
    expect((await server.api().get(path, headers)).status).toBe(200)
    expect((await server.api().post(`${path}/approval`, approved, headers)).status).toBe(401)
    expect((await server.api().put(path, { status: 'success' }, headers)).status).toBe(403)
    expect(await deploymentOf(world, pipelineId)).toMatchObject(waiting)
  })
})

it('T26 who may approve is who belongs to the group now, not when the deployment began to wait', async () => {
  const deployment = await blocked()
  const leaver = await anOperator(world)
  const joiner = await aMember(server, { project: world.project }, 'developer', { user: await aUser(server) })
  expect(await vote(world, deployment.id, joiner, approved)).toMatchObject({ status: 400, body: { message: mayNot } })
  await ok(root().delete(`/groups/${world.operators.id}/members/${leaver.id}`))
  await ok(root().post(`/groups/${world.operators.id}/members`, { user_id: joiner.id, access_level: 30 }))
  expect(await vote(world, deployment.id, leaver, approved)).toMatchObject({ status: 400, body: { message: mayNot } })
  const { body } = await server
    .api(world.developer.token)
    .get<{ waiting_for: { candidates: { id: number }[] }[] }>(`${base}/deployments/${deployment.id}`)
  const candidates = body.waiting_for.flatMap((rule) => rule.candidates.map((person) => person.id))
  expect(candidates).toContain(joiner.id)
  expect(candidates).not.toContain(leaver.id)
  expect((await vote(world, deployment.id, joiner, approved)).status).toBe(201)
  expect((await runner.request())?.id).toBe(deployment.jobId)
})
