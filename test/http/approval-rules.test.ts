/** product.md's table and the reference's sections 2.4 to 2.11, over HTTP: what differs between counts and rules, and every refusal. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { aGroup, aMember, aUser, type TestUser } from '../helpers/builders.ts'
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
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const sentences = {
  unprotected: 'This environment is not protected.',
  own: 'You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.',
  unconfigured: 'Deployment approvals is not configured for this environment.',
  notWaiting: 'This deployment is not waiting for approvals.',
  mayNot: "You don't have permission to approve this deployment. Contact the project or group owner for help.",
  noRule:
    'There are no approval rules for the given `represent_as` parameter. Use a valid User/Group/Role name instead.',
}

async function aWorld(): Promise<DeploymentWorld> {
  const world = await aDeploymentWorld(server)
  await inviteOperators(world)
  return world
}

const deployers = (world: DeploymentWorld) => [{ group_id: world.operators.id }]

/** A second group of approvers, invited to the project, with one member who is a developer there. */
async function secondGroup(world: DeploymentWorld): Promise<{ id: number; name: string; member: TestUser }> {
  const group = await aGroup(server)
  await inTransaction(server.app.db, (tx) =>
    tx
      .insertInto('project_group_links')
      .values({ project_id: world.project.id, group_id: group.id, group_access: 30 })
      .execute(),
  )
  const member = await aUser(server)
  await aMember(server, { group }, 'developer', { user: member })
  return { id: group.id, name: group.name, member }
}

describe('the checks of an approval call, in their order (2.5)', () => {
  it('an environment that is not protected is reported before self-approval', async () => {
    const world = await aWorld()
    const { pipelineId } = await push(world, `${seedFile}  when: manual\n`)
    const { id, status } = await deploymentOf(world, pipelineId)
    expect(status).toBe('blocked')
    expect(await vote(world, id, world.developer, { status: 'approved' })).toMatchObject({
      status: 400,
      body: { message: sentences.unprotected },
    })
  })

  it('self-approval is reported before approvals that are not configured, and before missing permission', async () => {
    const world = await aWorld()
    await protect(world, { name: 'production', deploy_access_levels: deployers(world) })
    const { pipelineId } = await push(world, `${seedFile}  when: manual\n`)
    const { id } = await deploymentOf(world, pipelineId)
    expect(await vote(world, id, world.developer, { status: 'approved' })).toMatchObject({
      status: 400,
      body: { message: sentences.own },
    })
    expect(await vote(world, id, world.maintainer, { status: 'approved' })).toMatchObject({
      status: 400,
      body: { message: sentences.unconfigured },
    })
    expect(await vote(world, id, world.developer, { status: 'rejected' })).toMatchObject({
      status: 400,
      body: { message: sentences.unconfigured },
    })
  })

  it('nobody but the approvers may vote; a guest is forbidden, an outsider sees nothing', async () => {
    const world = await aWorld()
    const approvers = await secondGroup(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: deployers(world),
      approval_rules: [{ group_id: approvers.id }],
    })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    const operator = await anOperator(world)
    const guest = await aMember(server, { project: world.project }, 'guest')
    const outsider = await aUser(server)
    expect(await vote(world, id, operator, { status: 'approved' })).toMatchObject({
      status: 400,
      body: { message: sentences.mayNot },
    })
    expect(await vote(world, id, guest, { status: 'approved' })).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden' },
    })
    expect(await vote(world, id, outsider, { status: 'approved' })).toMatchObject({
      status: 404,
      body: { message: '404 Project Not Found' },
    })
    const nobody = await server
      .api()
      .post(`/projects/${world.project.id}/deployments/${id}/approval`, { status: 'approved' })
    expect(nobody).toMatchObject({ status: 401, body: { message: '401 Unauthorized' } })
    expect(
      await vote(world, id, approvers.member, { status: 'approved', represented_as: 'no such rule' }),
    ).toMatchObject({
      status: 400,
      body: { message: sentences.noRule },
    })
    expect(await vote(world, id, approvers.member, { status: 'approved' })).toMatchObject({ status: 201 })
  })

  it('bad parameters name themselves and change nothing', async () => {
    const world = await aWorld()
    await protect(world, { name: 'production', deploy_access_levels: deployers(world), required_approval_count: 1 })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    expect(await vote(world, id, world.maintainer, { status: 'maybe' })).toMatchObject({
      status: 400,
      body: { error: 'status does not have a valid value' },
    })
    const missing = await server
      .api(world.maintainer.token)
      .post(`/projects/${world.project.id}/deployments/${id}/approval`)
    expect(missing).toMatchObject({ status: 400, body: { error: 'status is missing' } })
    expect(await vote(world, id, world.maintainer, { status: 'approved', comment: 'x'.repeat(256) })).toMatchObject({
      status: 400,
      body: { message: ['Comment is too long (maximum is 255 characters)'] },
    })
    expect(await vote(world, 987_654_321, world.maintainer, { status: 'approved' })).toMatchObject({
      status: 404,
      body: { message: '404 Not found' },
    })
    expect(
      await server.db.selectFrom('deployment_approvals').select('id').where('deployment_id', '=', id).execute(),
    ).toEqual([])
    expect((await vote(world, id, world.maintainer, { status: 'approved', comment: 'y'.repeat(255) })).status).toBe(201)
  })
})

describe('approval_rules: all must be met', () => {
  it('two rules with two groups; a surplus vote never spills over', async () => {
    const world = await aWorld()
    const security = await secondGroup(world)
    const quality = await secondGroup(world)
    const another = await aUser(server)
    await aMember(server, { group: { id: security.id } }, 'developer', { user: another })
    await protect(world, {
      name: 'production',
      deploy_access_levels: deployers(world),
      approval_rules: [{ group_id: security.id }, { group_id: quality.id, required_approvals: 1 }],
    })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, security.member, { status: 'approved' })).status).toBe(201)
    expect((await vote(world, id, another, { status: 'approved' })).status).toBe(201)
    const half = await server.api(world.maintainer.token).get<{
      pending_approval_count: number
      approval_summary: { rules: { group_id: number; deployment_approvals: unknown[] }[] }
    }>(`/projects/${world.project.id}/deployments/${id}`)
    expect(half.body.pending_approval_count).toBe(1)
    expect(half.body.approval_summary.rules.map((rule) => [rule.group_id, rule.deployment_approvals.length])).toEqual([
      [security.id, 2],
      [quality.id, 0],
    ])
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect((await vote(world, id, quality.member, { status: 'approved' })).status).toBe(201)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'created', jobStatus: 'pending' })
  })

  it('a person in two groups: the second vote goes to the rule that still waits (GitLab issue 425759)', async () => {
    const world = await aWorld()
    const security = await secondGroup(world)
    const quality = await secondGroup(world)
    await aMember(server, { group: { id: quality.id } }, 'developer', { user: security.member })
    await protect(world, {
      name: 'production',
      deploy_access_levels: deployers(world),
      approval_rules: [{ group_id: security.id }, { group_id: quality.id }],
    })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, security.member, { status: 'approved' })).status).toBe(201)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked' })
    expect((await vote(world, id, security.member, { status: 'approved' })).status).toBe(201)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'created', jobStatus: 'pending' })
  })

  it('represented_as chooses the rule, exact name before part of a name', async () => {
    const world = await aWorld()
    const long = await aGroup(server, { name: 'release managers' })
    const short = await aGroup(server, { name: 'release' })
    const both = await aUser(server)
    for (const group of [long, short]) {
      await inTransaction(server.app.db, (tx) =>
        tx
          .insertInto('project_group_links')
          .values({ project_id: world.project.id, group_id: group.id, group_access: 30 })
          .execute(),
      )
      await aMember(server, { group }, 'developer', { user: both })
    }
    await protect(world, {
      name: 'production',
      deploy_access_levels: deployers(world),
      approval_rules: [{ group_id: long.id }, { group_id: short.id }],
    })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, both, { status: 'approved', represented_as: 'release' })).status).toBe(201)
    const { body } = await server
      .api(both.token)
      .get<{ approval_summary: { rules: { group_id: number; deployment_approvals: unknown[] }[] } }>(
        `/projects/${world.project.id}/deployments/${id}`,
      )
    expect(body.approval_summary.rules.map((rule) => [rule.group_id, rule.deployment_approvals.length])).toEqual([
      [long.id, 0],
      [short.id, 1],
    ])
  })
})

describe('trigger by someone not allowed to deploy (product.md)', () => {
  it('with a count the job fails with protected_environment_failure', async () => {
    const world = await aWorld()
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ access_level: 40 }],
      required_approval_count: 1,
    })
    const { pipelineId } = await push(world)
    const { jobId, jobStatus, status } = await deploymentOf(world, pipelineId)
    expect({ status, jobStatus }).toEqual({ status: 'failed', jobStatus: 'failed' })
    const job = await server.db.selectFrom('jobs').select('failure_reason').where('id', '=', jobId).executeTakeFirst()
    expect(job?.failure_reason).toBe('protected_environment_failure')
  })

  it('with rules it is gated, and after approval waits for a permitted person to play it', async () => {
    const world = await aWorld()
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ access_level: 40 }],
      approval_rules: [{ group_id: world.operators.id }],
    })
    const { pipelineId } = await push(world)
    const { id, jobId, status } = await deploymentOf(world, pipelineId)
    expect(status).toBe('blocked')
    const operator = await anOperator(world)
    expect((await vote(world, id, operator, { status: 'approved' })).status).toBe(201)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    const play = (user: TestUser) => server.api(user.token).post(`/projects/${world.project.id}/jobs/${jobId}/play`)
    expect((await play(world.developer)).status).toBe(403)
    expect((await play(world.maintainer)).status).toBe(200)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ jobStatus: 'pending' })
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'success', jobStatus: 'success' })
  })
})

describe('start: manual', () => {
  it('the last approval leaves the job waiting; T28 playing before it is refused, playing after it works', async () => {
    const world = await aWorld()
    await protect(world, {
      name: 'production',
      deploy_access_levels: deployers(world),
      required_approval_count: 1,
      start: 'manual',
    })
    const { pipelineId } = await push(world)
    const { id, jobId } = await deploymentOf(world, pipelineId)
    const play = () => server.api(world.developer.token).post(`/projects/${world.project.id}/jobs/${jobId}/play`)
    expect(await play()).toMatchObject({ status: 400, body: { message: '400 Bad request - Unplayable Job' } })
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    expect((await play()).status).toBe(200)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ jobStatus: 'pending' })
  })
})

describe('self-approval', () => {
  it('is refused to an administrator too, and allowed by the project setting', async () => {
    const world = await aWorld()
    await protect(world, { name: 'production', deploy_access_levels: deployers(world), required_approval_count: 1 })
    const admin = await aUser(server, { admin: true })
    const { pipelineId } = await push(world, seedFile, admin)
    const { id } = await deploymentOf(world, pipelineId)
    expect(await vote(world, id, admin, { status: 'approved' })).toMatchObject({
      status: 400,
      body: { message: sentences.own },
    })
    await inTransaction(server.app.db, (tx) =>
      tx
        .updateTable('projects')
        .set({ allow_pipeline_trigger_approve_deployment: true })
        .where('id', '=', world.project.id)
        .execute(),
    )
    expect((await vote(world, id, admin, { status: 'approved' })).status).toBe(201)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ jobStatus: 'pending' })
  })

  it('self-rejection is always possible', async () => {
    const world = await aWorld()
    await protect(world, { name: 'production', deploy_access_levels: deployers(world), required_approval_count: 1 })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, world.developer, { status: 'rejected' })).status).toBe(201)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'failed', jobStatus: 'failed' })
  })
})

describe('votes on a decided deployment (2.9, product.md)', () => {
  it.each(['approved', 'rejected'])('after the last approval any further vote (%s) is refused', async (status) => {
    const world = await aWorld()
    await protect(world, {
      name: 'production',
      deploy_access_levels: deployers(world),
      required_approval_count: 1,
      start: 'manual',
    })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    await vote(world, id, world.maintainer, { status: 'approved' })
    expect(await vote(world, id, await anOperator(world), { status })).toMatchObject({
      status: 400,
      body: { message: sentences.notWaiting },
    })
  })

  it('a canceled deployment takes no vote', async () => {
    const world = await aWorld()
    await protect(world, { name: 'production', deploy_access_levels: deployers(world), required_approval_count: 1 })
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    expect(
      (await server.api(world.maintainer.token).post(`/projects/${world.project.id}/pipelines/${pipelineId}/cancel`))
        .status,
    ).toBe(200)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'canceled', jobStatus: 'canceled' })
    expect(await vote(world, id, world.maintainer, { status: 'approved' })).toMatchObject({
      status: 400,
      body: { message: sentences.notWaiting },
    })
  })
})

describe('retry (2.11) and revival', () => {
  it('a retried deployment is a new one and needs new approvals; a rejected one cannot be retried', async () => {
    const world = await aWorld()
    await protect(world, { name: 'production', deploy_access_levels: deployers(world), required_approval_count: 1 })
    const { pipelineId } = await push(world)
    const first = await deploymentOf(world, pipelineId)
    await vote(world, first.id, world.maintainer, { status: 'approved' })
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job, 'failed', { exit_code: 1 })
    const retry = (id: number) =>
      server.api(world.developer.token).post<{ id: number }>(`/projects/${world.project.id}/jobs/${id}/retry`)
    const retried = await retry(first.jobId)
    expect(retried.status).toBe(201)
    const second = await deploymentOf(world, pipelineId)
    expect(second.id).not.toBe(first.id)
    expect(second).toMatchObject({ status: 'blocked', jobStatus: 'manual', jobId: retried.body.id })
    expect(await runner.request()).toBeNull()
    await vote(world, second.id, world.maintainer, { status: 'rejected' })
    expect(await retry(second.jobId)).toMatchObject({
      status: 403,
      body: { message: '403 Forbidden - Job is not retryable' },
    })
  })
})
