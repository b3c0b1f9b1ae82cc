/** Deployments and approvals through a client that others maintain, as it is. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld, deploymentOf, protect, push } from '../helpers/deployment-world.ts'
import { type Gitbeaker, gitbeaker } from '../helpers/gitbeaker.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let world: DeploymentWorld
let maintainer: Gitbeaker
let developer: Gitbeaker
let project: number

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  project = world.project.id
  maintainer = gitbeaker(server, world.maintainer.token)
  developer = gitbeaker(server, world.developer.token)
})

it('drives the approval of a blocked deployment', async () => {
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ access_level: 30 }],
    approval_rules: [{ access_level: 40, required_approvals: 1 }],
  })
  const { pipelineId, sha } = await push(world)
  const { id } = await deploymentOf(world, pipelineId)
  const waiting = await developer.Deployments.all(project, { environment: 'production', status: 'blocked' })
  expect(waiting).toMatchObject([{ id, sha, ref: 'main', status: 'blocked', deployable: { name: 'production' } }])
  await expect(developer.Deployments.setApproval(project, id, 'approved')).rejects.toMatchObject({
    cause: { description: expect.stringMatching(/cannot approve your own/), response: { status: 400 } },
  })
  const vote = await maintainer.Deployments.setApproval(project, id, 'approved', { comment: 'Good' })
  expect(vote).toMatchObject({ status: 'approved', comment: 'Good', user: { id: world.maintainer.id } })
  expect(await developer.Deployments.show(project, id)).toMatchObject({
    status: 'created',
    pending_approval_count: 0,
    approvals: [{ status: 'approved', comment: 'Good' }],
    approval_summary: { rules: [{ required_approvals: 1 }] },
  })
  expect(await developer.Deployments.allMergeRequests(project, id)).toEqual([])
})

it('drives a rejection, in the name of a rule', async () => {
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ access_level: 30 }],
    approval_rules: [{ group_id: world.operators.id }, { access_level: 40 }],
  })
  const { id } = await deploymentOf(world, (await push(world)).pipelineId)
  const as = { representedAs: 'Maintainers', comment: 'Not today' }
  expect(await maintainer.Deployments.setApproval(project, id, 'rejected', as)).toMatchObject({ status: 'rejected' })
  expect(await developer.Deployments.show(project, id)).toMatchObject({
    status: 'failed',
    deployable: { status: 'failed', failure_reason: 'deployment_rejected' },
  })
})

it('drives deployments of an external tool, with filters and order', async () => {
  const { sha } = await push(world)
  const made = await developer.Deployments.create(project, 'staging', sha, 'main', false, { status: 'running' })
  expect(made).toMatchObject({ status: 'running', environment: { name: 'staging' }, deployable: null })
  expect(await developer.Deployments.edit(project, made.id, 'success')).toMatchObject({ status: 'success' })
  const staging = { environment: 'staging' }
  const second = await developer.Deployments.create(project, 'staging', sha, 'main', false, { status: 'failed' })
  expect(
    (await developer.Deployments.all(project, { ...staging, orderBy: 'id', sort: 'desc' })).map(({ id }) => id),
  ).toEqual([second.id, made.id])
  expect(
    (await developer.Deployments.all(project, { ...staging, orderBy: 'id', perPage: 1 })).map(({ id }) => id),
  ).toEqual([made.id, second.id])
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
  expect(await developer.Deployments.all(project, { ...staging, updatedAfter: tomorrow })).toEqual([])
  const finished = { status: 'success', finishedBefore: tomorrow, finishedAfter: '2020-01-01' } as const
  // Its types do not know this order yet.
  const byEnd = { orderBy: 'finished_at' as 'updated_at' }
  expect(await developer.Deployments.all(project, { ...staging, ...finished, ...byEnd })).toMatchObject([
    { id: made.id },
  ])
  await maintainer.Deployments.remove(project, second.id)
  await expect(developer.Deployments.show(project, second.id)).rejects.toMatchObject({
    cause: { response: { status: 404 } },
  })
})
