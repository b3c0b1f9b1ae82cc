/** The approvals API over real HTTP, with real repositories, pipelines and a runner that speaks the protocol. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

async function aProtectedWorld(count = 1): Promise<DeploymentWorld> {
  const world = await aDeploymentWorld(server)
  await inviteOperators(world)
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ group_id: world.operators.id }],
    required_approval_count: count,
  })
  return world
}

describe('the page: required_approval_count', () => {
  it('blocks, refuses the creator, enqueues on approval, runs and succeeds', async () => {
    const world = await aProtectedWorld()
    const { pipelineId } = await push(world)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    const { id } = await deploymentOf(world, pipelineId)

    const own = await vote(world, id, world.developer, { status: 'approved' })
    expect(own).toMatchObject({
      status: 400,
      body: {
        message:
          'You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.',
      },
    })
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })

    const approved = await vote(world, id, world.maintainer, { status: 'approved', comment: 'looks good' })
    expect(approved).toMatchObject({
      status: 201,
      body: { status: 'approved', comment: 'looks good', user: { id: world.maintainer.id } },
    })
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'created', jobStatus: 'pending' })

    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    expect(job).toMatchObject({ job_info: { name: 'production', stage: 'deploy' }, steps: [{ name: 'script' }] })
    if (!job) throw new Error('no job')
    expect(job.variables).toContainEqual(expect.objectContaining({ key: 'CI_ENVIRONMENT_NAME', value: 'production' }))
    expect(await runner.update(job, 'running')).toEqual({ code: 200, jobStatus: 'running' })
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'running', jobStatus: 'running' })
    expect(await runner.log(job, 0, 'Deploying to production\n')).toEqual({ code: 202, range: '0-24' })
    expect((await runner.update(job, 'success')).code).toBe(200)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'success', jobStatus: 'success' })

    const read = await world.server
      .api(world.developer.token)
      .get<{ pending_approval_count: number; approvals: unknown[] }>(`/projects/${world.project.id}/deployments/${id}`)
    expect(read.body).toMatchObject({
      status: 'success',
      pending_approval_count: 0,
      approvals: [{ status: 'approved' }],
    })
  })

  it('a rejection fails deployment and job, and neither can be revived', async () => {
    const world = await aProtectedWorld()
    const { pipelineId } = await push(world)
    const { id, jobId } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, world.maintainer, { status: 'rejected' })).status).toBe(201)
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'failed', jobStatus: 'failed' })
    const again = await vote(world, id, world.maintainer, { status: 'approved' })
    expect(again).toMatchObject({ status: 400, body: { message: 'This deployment is not waiting for approvals.' } })
    const job = await server.db.selectFrom('jobs').select('failure_reason').where('id', '=', jobId).executeTakeFirst()
    expect(job?.failure_reason).toBe('deployment_rejected')
    const pipeline = await server.db
      .selectFrom('pipelines')
      .select('status')
      .where('id', '=', pipelineId)
      .executeTakeFirst()
    expect(pipeline?.status).toBe('failed')
  })
})

it('T14 takes no vote in an archived project', async () => {
  const world = await aProtectedWorld()
  const { pipelineId } = await push(world)
  const { id } = await deploymentOf(world, pipelineId)
  await server.api(server.rootToken).post(`/projects/${world.project.id}/archive`)
  for (const status of ['approved', 'rejected']) {
    expect((await vote(world, id, world.maintainer, { status })).status).toBe(403)
  }
  expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
})
