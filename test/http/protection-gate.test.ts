/** What a change of protection does to deployments that wait, and to the votes they have. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playJob } from '../../src/app/play-job.ts'
import { findActor } from '../../src/db/actors.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember, aUser, type TestUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  anOperator,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  vote,
} from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())

const notWaiting = { status: 400, body: { message: 'This deployment is not waiting for approvals.' } }

async function aWorld(): Promise<DeploymentWorld> {
  const world = await aDeploymentWorld(server)
  await inviteOperators(world)
  return world
}

const deployers = (world: DeploymentWorld) => ({ deploy_access_levels: [{ group_id: world.operators.id }] })
const byCount = (world: DeploymentWorld, count: number) => ({ ...deployers(world), required_approval_count: count })
const byRule = (world: DeploymentWorld, count: number) => ({
  ...deployers(world),
  approval_rules: [{ group_id: world.operators.id, required_approvals: count }],
})
const at = (world: DeploymentWorld) => `/projects/${world.project.id}/protected_environments`
const settings = (world: DeploymentWorld) => server.api(world.maintainer.token)

async function waiting(world: DeploymentWorld, body: object) {
  const entry = await protect(world, { name: 'production', ...body })
  const { pipelineId } = await push(world)
  const deployment = await deploymentOf(world, pipelineId)
  expect(deployment).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
  const now = () => deploymentOf(world, pipelineId)
  return { ...deployment, pipelineId, entry, now }
}

async function play(by: TestUser, job: { jobId: number; pipelineId: number }) {
  const actor = await findActor(server.db, by.id)
  if (!actor) throw new Error('nobody')
  return playJob(server.app, actor, { ...job, variables: [] })
}

async function runnerGets(world: DeploymentWorld): Promise<string | undefined> {
  const runner = await aRunner(server, { projectId: world.project.id })
  return (await runner.request())?.job_info.name
}

describe('a change that opens the gate starts nothing by itself', () => {
  type Change = (world: DeploymentWorld, ruleId: number | undefined) => Promise<{ status: number }>
  test.each<[string, 'count' | 'rule', Change]>([
    [
      'fewer approvals',
      'count',
      (world) => settings(world).put(`${at(world)}/production`, { required_approval_count: 1 }),
    ],
    [
      'a rule requires fewer',
      'rule',
      (world, id) =>
        settings(world).put(`${at(world)}/production`, { approval_rules: [{ id, required_approvals: 1 }] }),
    ],
    [
      'the rule is deleted',
      'rule',
      (world, id) => settings(world).put(`${at(world)}/production`, { approval_rules: [{ id, _destroy: true }] }),
    ],
    ['unprotected', 'count', (world) => settings(world).delete(`${at(world)}/production`)],
  ])('%s: the job stays until a person plays it', async (_, kind, change) => {
    const world = await aWorld()
    const blocked = await waiting(world, kind === 'count' ? byCount(world, 2) : byRule(world, 2))
    expect((await vote(world, blocked.id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await play(world.maintainer, blocked)).toMatchObject({ ok: false, error: { code: 'unplayable_job' } })

    expect((await change(world, blocked.entry.approval_rules[0]?.id)).status).toBeLessThan(300)
    expect(await blocked.now()).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect(await runnerGets(world)).toBeUndefined()

    expect(await play(world.maintainer, blocked)).toMatchObject({ ok: true })
    expect(await blocked.now()).toMatchObject({ jobStatus: 'pending' })
    expect(await runnerGets(world)).toBe('production')
  })

  test('a stricter rule holds at once, also for a job that is enqueued already', async () => {
    const world = await aWorld()
    const blocked = await waiting(world, byCount(world, 1))
    await vote(world, blocked.id, world.maintainer, { status: 'approved' })
    expect(await blocked.now()).toMatchObject({ jobStatus: 'pending' })
    expect((await settings(world).put(`${at(world)}/production`, { required_approval_count: 2 })).status).toBe(200)
    expect(await runnerGets(world)).toBeUndefined()
    expect(await blocked.now()).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    await vote(world, blocked.id, await anOperator(world), { status: 'approved' })
    expect(await blocked.now()).toMatchObject({ jobStatus: 'pending' })
    expect(await runnerGets(world)).toBe('production')
  })
})

describe('T8 protection that is taken away and comes back', () => {
  test.each(['count', 'rule'] as const)('revives no old vote (%s)', async (kind) => {
    const world = await aWorld()
    const body = kind === 'count' ? byCount(world, 2) : byRule(world, 2)
    const blocked = await waiting(world, body)
    const second = await anOperator(world)
    await vote(world, blocked.id, world.maintainer, { status: 'approved' })
    expect((await settings(world).delete(`${at(world)}/production`)).status).toBe(204)
    await protect(world, { name: 'production', ...body })
    // Two are needed again: the vote of before counts for nothing, and its voter may vote anew.
    expect((await vote(world, blocked.id, second, { status: 'approved' })).status).toBe(201)
    expect(await blocked.now()).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect((await vote(world, blocked.id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await blocked.now()).toMatchObject({ jobStatus: 'pending' })
  })

  test('waiting and enqueued deployments are judged by what protects them now', async () => {
    const world = await aWorld()
    const blocked = await waiting(world, byCount(world, 1))
    await vote(world, blocked.id, world.maintainer, { status: 'approved' })
    expect(await blocked.now()).toMatchObject({ jobStatus: 'pending' })
    await settings(world).delete(`${at(world)}/production`)
    await protect(world, { name: 'production', ...byRule(world, 1) })
    expect(await runnerGets(world)).toBeUndefined()
    expect(await blocked.now()).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
  })

  test('a rule that is replaced by another takes its votes with it', async () => {
    const world = await aWorld()
    const blocked = await waiting(world, byRule(world, 2))
    await vote(world, blocked.id, world.maintainer, { status: 'approved' })
    const [rule] = blocked.entry.approval_rules
    const replaced = { approval_rules: [{ id: rule?.id, _destroy: true }, { access_level: 40 }] }
    expect((await settings(world).put(`${at(world)}/production`, replaced)).status).toBe(200)
    expect(await play(world.maintainer, blocked)).toMatchObject({ ok: false, error: { code: 'unplayable_job' } })
    expect((await vote(world, blocked.id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await blocked.now()).toMatchObject({ jobStatus: 'pending' })
    expect(await vote(world, blocked.id, world.maintainer, { status: 'rejected' })).toMatchObject(notWaiting)
  })

  test('another environment is not covered by a name that looks the same', async () => {
    const world = await aWorld()
    await protect(world, { name: 'production', ...byCount(world, 1) })
    const file = 'deploy:\n  script: [echo]\n  environment: {name: Production}\n'
    const { pipelineId } = await push(world, file)
    expect(await deploymentOf(world, pipelineId, 'Production')).toMatchObject({ jobStatus: 'pending' })
  })
})

describe('T27 nobody and nothing are never a free pass', () => {
  test('approvers that have no members leave the deployment blocked; an administrator can unblock it', async () => {
    const world = await aWorld()
    const blocked = await waiting(world, byRule(world, 1))
    await inTransaction(server.db, (tx) =>
      tx.deleteFrom('members').where('namespace_id', '=', world.operators.id).execute(),
    )
    expect((await vote(world, blocked.id, world.maintainer, { status: 'approved' })).status).toBe(400)
    expect(await play(world.maintainer, blocked)).toMatchObject({ ok: false, error: { code: 'may_not_deploy' } })
    const admin = await aUser(server, { admin: true })
    expect((await vote(world, blocked.id, admin, { status: 'approved' })).status).toBe(201)
  })

  test('an entry whose deployers are all gone lets only administrators deploy', async () => {
    const world = await aWorld()
    const entry = await protect(world, { name: 'production', ...deployers(world) })
    expect(entry).toMatchObject({ warnings: [expect.stringMatching(/^No approval is required/)] })
    await inTransaction(server.db, (tx) =>
      tx.deleteFrom('deploy_access_levels').where('group_id', '=', world.operators.id).execute(),
    )
    expect((await settings(world).get(`${at(world)}/production`)).body).toMatchObject({
      deploy_access_levels: [],
      warnings: [expect.stringMatching(/^Nobody but an administrator/), expect.stringMatching(/^No approval/)],
    })
    const { pipelineId } = await push(world)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'failed', jobStatus: 'failed' })
  })

  test('0 approvals still keep out who may not deploy', async () => {
    const world = await aWorld()
    await protect(world, { name: 'production', ...deployers(world) })
    const stranger = await aMember(server, { project: world.project }, 'developer')
    const { pipelineId } = await push(world, undefined, stranger)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'failed', jobStatus: 'failed' })
  })
})

describe('a group protects by tier, on top of the project', () => {
  test('both must let the person in, and the requirements of both must be met', async () => {
    const world = await aWorld()
    const owner = await aMember(server, { group: { id: world.project.namespace_id } }, 'owner')
    const at = `/groups/${world.project.namespace_id}/protected_environments`
    const entry = {
      name: 'production',
      deploy_access_levels: [{ access_level: 30 }],
      approval_rules: [{ access_level: 50 }],
    }
    expect((await server.api(owner.token).post(at, entry)).status).toBe(400)
    const rule = { ...entry, approval_rules: [{ user_id: owner.id }] }
    expect((await server.api(owner.token).post(at, rule)).status).toBe(201)
    const file = 'deploy:\n  script: [echo]\n  environment: {name: live-eu}\n'
    await protect(world, { name: 'live-eu', ...byCount(world, 1) })
    const { pipelineId } = await push(world, file)
    const now = () => deploymentOf(world, pipelineId, 'live-eu')
    const { id, jobId } = await now()
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await now()).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect((await vote(world, id, owner, { status: 'approved' })).status).toBe(201)
    // The group's entry lets in its own Developers, and the project's members are none of them.
    expect(await now()).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect(await play(world.maintainer, { jobId, pipelineId })).toMatchObject({
      ok: false,
      error: { code: 'may_not_deploy' },
    })
    await aMember(server, { group: { id: world.project.namespace_id } }, 'developer', { user: world.maintainer })
    expect(await play(world.maintainer, { jobId, pipelineId })).toMatchObject({ ok: true })
  })
})

test('T18 the token of a running job changes no policy, though its user could', async () => {
  const world = await aWorld()
  await push(world, 'job: {script: [echo]}', world.maintainer)
  const runner = await aRunner(server, { projectId: world.project.id })
  const job = await runner.request()
  if (!job) throw new Error('no job')
  await runner.update(job, 'running')
  const api = server.api()
  const token = { 'job-token': job.token }
  const project = `/projects/${world.project.id}`
  expect((await api.get(`${project}/environments`, token)).status).toBe(200)
  // 7.1: as a parameter too.
  expect((await api.get(`${project}/environments?job_token=${job.token}`)).status).toBe(200)
  const body = {
    name: 'production',
    key: 'A',
    value: 'x',
    freeze_start: '0 0 * * *',
    freeze_end: '0 1 * * *',
    ...deployers(world),
  }
  for (const path of ['protected_environments', 'variables', 'freeze_periods']) {
    expect([path, (await api.get(`${project}/${path}`, token)).status]).toEqual([path, 401])
    expect([path, (await api.post(`${project}/${path}`, body, token)).status]).toEqual([path, 401])
  }
  expect((await settings(world).get(at(world))).body).toEqual([])
})

test('T20 votes and changes of the rules at once: every answer is one of the two orders, and none is an error', async () => {
  for (let round = 0; round < 6; round++) {
    const world = await aWorld()
    const blocked = await waiting(world, byRule(world, 2))
    const [rule] = blocked.entry.approval_rules
    const second = await anOperator(world)
    const change =
      round % 2 === 0
        ? settings(world).put(`${at(world)}/production`, {
            approval_rules: [{ id: rule?.id, _destroy: true }, { access_level: 60 }],
          })
        : settings(world).delete(`${at(world)}/production`)
    const [changed, ...votes] = await Promise.all([
      change,
      vote(world, blocked.id, world.maintainer, { status: 'approved' }),
      vote(world, blocked.id, second, { status: 'approved' }),
    ])
    expect(changed.status).toBeLessThan(300)
    for (const answer of votes) expect([201, 400]).toContain(answer.status)
    const after = await blocked.now()
    // Both votes in before the change start the job; otherwise it waits for administrators, or for a person to play it.
    expect([after.status, after.jobStatus]).toEqual(
      after.jobStatus === 'pending' ? ['created', 'pending'] : ['blocked', 'manual'],
    )
  }
})
