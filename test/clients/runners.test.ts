/** Runners through a client that others maintain, as it is. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aMember } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { type Gitbeaker, gitbeaker } from '../helpers/gitbeaker.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
let world: DeploymentWorld
let root: Gitbeaker
let maintainer: Gitbeaker

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
  world = await aDeploymentWorld(server)
  root = gitbeaker(server, server.rootToken)
  maintainer = gitbeaker(server, world.maintainer.token)
})
afterAll(() => server.stop())

it('drives runners of the instance, a group and a project', async () => {
  const project = world.project.id
  const owner = await aMember(server, { group: world.operators }, 'owner')
  const ofInstance = await root.Users.createCIRunner('instance_type', { description: 'shared', tagList: ['linux'] })
  expect(ofInstance).toMatchObject({ id: expect.any(Number), token: expect.stringMatching(/^glrt-/) })
  const ofGroup = await gitbeaker(server, owner.token).Users.createCIRunner('group_type', {
    groupId: world.operators.id,
  })
  const ofProject = await maintainer.Users.createCIRunner('project_type', { projectId: project, description: 'own' })
  const ids = (runners: { id: number }[]) => runners.map(({ id }) => id).toSorted((a, b) => a - b)
  expect(ids(await root.Runners.all())).toEqual([ofInstance.id, ofGroup.id, ofProject.id])
  expect(ids(await gitbeaker(server, owner.token).Runners.all({ groupId: world.operators.id }))).toContain(ofGroup.id)
  expect(ids(await maintainer.Runners.all({ projectId: project }))).toContain(ofProject.id)
  expect(ids(await maintainer.Runners.all({ owned: true }))).toContain(ofProject.id)
  expect(ids(await root.Runners.all({ type: 'instance_type', paused: false, tagList: ['linux'] }))).toEqual([
    ofInstance.id,
  ])
  expect(await maintainer.Runners.show(ofProject.id)).toMatchObject({ description: 'own', projects: [{ id: project }] })
  const paused = await maintainer.Runners.edit(ofProject.id, { paused: true, tagList: ['a', 'b'], runUntagged: true })
  expect(paused).toMatchObject({ paused: true, tag_list: ['a', 'b'] })
  const verified = await fetch(`${server.url}/api/v4/runners/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: ofProject.token }),
  })
  expect(verified.status).toBe(200)
  await maintainer.Runners.remove({ runnerId: ofProject.id })
  await expect(maintainer.Runners.show(ofProject.id)).rejects.toMatchObject({ cause: { response: { status: 404 } } })
})

it('drives the jobs of a runner', async () => {
  const runner = await aRunner(server, { projectId: world.project.id })
  const { pipelineId } = await push(world, 'build: {script: [echo]}')
  let job = await runner.request()
  while (job && job.job_info.name !== 'build') job = await runner.request()
  if (!job) throw new Error('no job')
  await runner.finish(job)
  const jobs = await maintainer.Runners.allJobs(runner.id, { status: 'success', orderBy: 'id', sort: 'desc' })
  expect(jobs).toMatchObject([{ id: job.id, name: 'build', pipeline: { id: pipelineId } }])
})

it('drives registration tokens', async () => {
  // The client asks for some token, sends it along, and promises no answer.
  const { token } = (await root.Runners.resetRegistrationToken({ token: 'the old one' })) as unknown as {
    token: string
  }
  const made = await root.Runners.register(token, { description: 'old way', tagList: ['old'] })
  expect(made).toMatchObject({ id: expect.any(Number), token: expect.any(String) })
  expect(await root.Runners.show(made.id)).toMatchObject({ description: 'old way', tag_list: ['old'] })
  await root.Runners.remove({ token: made.token })
  await expect(root.Runners.show(made.id)).rejects.toMatchObject({ cause: { response: { status: 404 } } })
})
