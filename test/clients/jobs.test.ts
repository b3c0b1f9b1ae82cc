/** Jobs and their artifacts through a client that others maintain, as it is. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { type Gitbeaker, gitbeaker } from '../helpers/gitbeaker.ts'
import { jobNamed } from '../helpers/pipelines.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'
import { zipOf } from '../helpers/zip.ts'

let server: TestServer
let world: DeploymentWorld
let gitlab: Gitbeaker
let project: number
let runner: TestRunner

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  project = world.project.id
  gitlab = gitbeaker(server, world.maintainer.token)
  runner = await aRunner(server, { projectId: project })
})

it('drives jobs', async () => {
  const file = 'ask: {script: [echo], when: manual}\nbuild: {script: [echo]}'
  const { pipelineId } = await push(world, file)
  const { id } = await jobNamed(server, pipelineId, 'build')
  const all = await gitlab.Jobs.all(project)
  expect(all.map(({ name }) => name)).toEqual(['build', 'ask'])
  expect(await gitlab.Jobs.all(project, { scope: 'manual' })).toMatchObject([{ name: 'ask' }])
  expect(await gitlab.Jobs.all(project, { pipelineId, perPage: 1 })).toHaveLength(2)
  const job = await runner.request()
  if (!job) throw new Error('no job')
  await runner.update(job, 'running')
  await runner.log(job, 0, 'Hello from the job\n')
  await runner.update(job, 'failed', { failure_reason: 'script_failure', exit_code: 1 })
  expect(await gitlab.Jobs.showLog(project, id)).toBe('Hello from the job\n')
  expect(await gitlab.Jobs.show(project, id)).toMatchObject({ status: 'failed', failure_reason: 'script_failure' })
  const again = await gitlab.Jobs.retry(project, id)
  expect(again).toMatchObject({ name: 'build', status: 'pending' })
  expect(await gitlab.Jobs.all(project, { pipelineId, includeRetried: true })).toHaveLength(3)
  expect(await gitlab.Jobs.cancel(project, again.id)).toMatchObject({ status: 'canceled' })
  const ask = await jobNamed(server, pipelineId, 'ask')
  const jobVariablesAttributes = [{ key: 'COLOUR', value: 'red' }]
  expect(await gitlab.Jobs.play(project, ask.id, { jobVariablesAttributes })).toMatchObject({ status: 'pending' })
  const played = await runner.request()
  expect(played?.variables).toContainEqual(expect.objectContaining({ key: 'COLOUR', value: 'red' }))
  expect(await gitlab.Jobs.erase(project, id)).toMatchObject({ erased_at: expect.any(String) })
})

it('drives artifacts', async () => {
  const file = 'build: {script: [echo], artifacts: {paths: [out], expire_in: 1 day}}'
  const { pipelineId } = await push(world, file)
  const { id } = await jobNamed(server, pipelineId, 'build')
  const job = await runner.request()
  if (!job) throw new Error('no job')
  await runner.update(job, 'running')
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(zipOf([{ name: 'out/a.txt', data: 'artifact a' }]))]), 'artifacts.zip')
  const query = 'artifact_format=zip&artifact_type=archive&expire_in=1%20day'
  const stored = await fetch(`${server.url}/api/v4/jobs/${id}/artifacts?${query}`, {
    method: 'POST',
    headers: { 'job-token': job.token },
    body: form,
  })
  expect(stored.status).toBe(201)
  await runner.update(job, 'success')
  const archive = await gitlab.JobArtifacts.downloadArchive(project, { jobId: id })
  expect(archive.size).toBeGreaterThan(20)
  const byRef = await gitlab.JobArtifacts.downloadArchive(project, { ref: 'main', job: 'build' })
  expect(byRef.size).toBe(archive.size)
  const one = await gitlab.JobArtifacts.downloadArchive(project, { jobId: id, artifactPath: 'out/a.txt' })
  expect(one).toBe('artifact a')
  const oneByRef = { ref: 'main', job: 'build', artifactPath: 'out/a.txt' }
  expect(await gitlab.JobArtifacts.downloadArchive(project, oneByRef)).toBe('artifact a')
  expect(await gitlab.JobArtifacts.keep(project, id)).toMatchObject({ artifacts_expire_at: null })
  await gitlab.JobArtifacts.remove(project, { jobId: id })
  await expect(gitlab.JobArtifacts.downloadArchive(project, { jobId: id })).rejects.toMatchObject({
    cause: { response: { status: 404 } },
  })
  await gitlab.JobArtifacts.remove(project)
})
