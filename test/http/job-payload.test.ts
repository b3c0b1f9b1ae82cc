/** What a runner is told about a job: its sources, its place, its steps. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobPayload } from '../../src/contract/job-payload.ts'
import { aGroup, aMember, aProject } from '../helpers/builders.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())

/** The first job of a file, as an instance runner gets it. */
async function payloadOf(file: string, world?: DeploymentWorld): Promise<JobPayload> {
  const place = world ?? (await aDeploymentWorld(server))
  await push(place, file)
  const job = await (await aRunner(server)).request()
  if (!job) throw new Error('no job')
  return job
}

describe('the sources', () => {
  // GitLab: a shallow clone gets its own ref, a complete one every branch and tag.
  test.each<[string, string, number, string[]]>([
    ['by default', '', 20, ['+refs/heads/main:refs/remotes/origin/main']],
    ['with a depth', 'variables: {GIT_DEPTH: "3"}', 3, ['+refs/heads/main:refs/remotes/origin/main']],
    [
      'with none',
      'variables: {GIT_DEPTH: "0"}',
      0,
      ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'],
    ],
  ])('%s', async (_, variables, depth, refspecs) => {
    const { git_info } = await payloadOf(`one:\n  script: [x]\n  ${variables}\n`)
    const own = git_info.refspecs[0] ?? ''
    expect(own).toMatch(/^\+refs\/pipelines\/(\d+):refs\/pipelines\/\1$/)
    expect(git_info).toMatchObject({ depth, refspecs: [own, ...refspecs] })
  })

  test('of a tag', async () => {
    const world = await aDeploymentWorld(server)
    const file = 'one:\n  script: [x]\n  rules: [{if: $CI_COMMIT_TAG}]\nmain:\n  script: [x]\n  when: manual\n'
    const { sha } = await push(world, file)
    const tag = { tag_name: 'v1', ref: sha }
    const path = `/projects/${world.project.id}/repository/tags`
    expect((await server.api(world.maintainer.token).post(path, tag)).status).toBe(201)
    const job = await (await aRunner(server)).request()
    expect(job?.git_info.refspecs.slice(1)).toEqual(['+refs/tags/v1:refs/tags/v1'])
    expect(job?.git_info.ref_type).toBe('tag')
  })
})

describe('the place', () => {
  test('names the group at the top, and how many of its jobs instance runners have already', async () => {
    const top = await aGroup(server)
    const below = await aGroup(server, { parent: top })
    const project = await aProject(server, { group: below })
    const world = { ...(await aDeploymentWorld(server)), project }
    await aMember(server, { project }, 'developer', { user: world.developer })
    await push(world, 'one:\n  parallel: 8\n  script: [x]\n')
    const runner = await aRunner(server)
    const counts: string[] = []
    for (let taken = 0; taken < 7; taken += 1) {
      const job = await runner.request()
      if (!job) throw new Error('no job')
      await runner.update(job, 'running')
      expect(job.job_info).toMatchObject({ namespace_id: below.id, root_namespace_id: top.id })
      counts.push(job.job_info.project_jobs_running_on_instance_runners_count)
    }
    expect(counts).toEqual(['0', '1', '2', '3', '4', '5+', '5+'])
    const own = await aRunner(server, { projectId: project.id })
    expect((await own.request())?.job_info.project_jobs_running_on_instance_runners_count).toBe('+Inf')
  })
})
