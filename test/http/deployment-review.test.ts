/** What an approver looks at: changes since the last success, the job with its variables by name, the timeline. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMember, aUser } from '../helpers/builders.ts'
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
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

interface Changes {
  previous: { id: number; sha: string } | null
  problem: string | null
  commits: { id: string; title: string }[]
  removed_commits: { id: string }[]
  files: { new_path: string; additions: number | null; deletions: number | null; new_file: boolean; diff: string }[]
  authors: { name: string; commits: number }[]
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

async function protectedWorld(): Promise<DeploymentWorld> {
  const world = await aDeploymentWorld(server)
  await inviteOperators(world)
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ group_id: world.operators.id }],
    required_approval_count: 1,
  })
  return world
}

const at = (world: DeploymentWorld, id: number, what: string) =>
  `/projects/${world.project.id}/deployments/${id}/${what}`

async function changesOf(world: DeploymentWorld, id: number): Promise<Changes> {
  const answer = await server.api(world.maintainer.token).get<Changes>(at(world, id, 'changes'))
  expect(answer.status).toBe(200)
  return answer.body
}

async function deployed(world: DeploymentWorld, file = seedFile) {
  const pushed = await push(world, file)
  const { id } = await deploymentOf(world, pushed.pipelineId)
  expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
  const runner = await aRunner(server, { projectId: world.project.id })
  const job = await runner.request()
  if (!job) throw new Error('no job')
  await runner.finish(job)
  return { ...pushed, id }
}

describe('changes', () => {
  test('are those since the last success, not those since the last attempt', async () => {
    const world = await protectedWorld()
    const first = await push(world)
    const { id: firstId } = await deploymentOf(world, first.pipelineId)
    const fresh = await changesOf(world, firstId)
    expect(fresh.previous).toBeNull()
    expect(fresh.commits.map((commit) => commit.id)).toEqual([first.sha])
    expect(fresh.files.map((file) => [file.new_path, file.new_file])).toEqual([
      ['.gitlab-ci.yml', true],
      ['CHANGES', true],
    ])
    await vote(world, firstId, world.maintainer, { status: 'rejected' })

    const success = await deployed(world)
    const second = await push(world)
    const third = await push(world)
    const { id } = await deploymentOf(world, third.pipelineId)
    const changes = await changesOf(world, id)
    expect(changes.previous).toMatchObject({ id: success.id, sha: success.sha })
    expect(changes.commits.map((commit) => commit.id)).toEqual([third.sha, second.sha])
    expect(changes.removed_commits).toEqual([])
    expect(changes.files).toMatchObject([{ new_path: 'CHANGES', additions: 1, deletions: 1, new_file: false }])
    expect(changes.authors).toMatchObject([{ name: world.developer.name, commits: 2 }])
    // What was compared when it was decided stays the answer after a later success.
    expect((await changesOf(world, success.id)).previous).toBeNull()
  })

  test('of an older commit name what will be gone', async () => {
    const world = await protectedWorld()
    const first = await deployed(world)
    const second = await deployed(world)
    const { jobId } = await deploymentOf(world, first.pipelineId)
    const again = await server
      .api(world.developer.token)
      .post<{ id: number }>(`/projects/${world.project.id}/jobs/${jobId}/retry`)
    expect(again.status).toBe(201)
    const { id } = await deploymentOf(world, first.pipelineId)
    const changes = await changesOf(world, id)
    expect(changes.previous?.sha).toBe(second.sha)
    expect(changes.commits).toEqual([])
    expect(changes.removed_commits.map((commit) => commit.id)).toEqual([second.sha])
    expect(changes.files.map((file) => file.new_path)).toEqual(['CHANGES'])
  })

  test('T7 of a commit that is gone are a problem, not silence', async () => {
    const world = await protectedWorld()
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    await server.app.repositories.remove(world.project.id)
    expect(await changesOf(world, id)).toMatchObject({ problem: 'The repository is gone.', commits: [], files: [] })
  })

  test('are for those who may read deployments', async () => {
    const world = await protectedWorld()
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    const guest = await aMember(server, { project: world.project }, 'guest')
    const outsider = await aUser(server)
    for (const what of ['changes', 'job', 'timeline']) {
      expect((await server.api(guest.token).get(at(world, id, what))).status, what).toBe(403)
      expect((await server.api(outsider.token).get(at(world, id, what))).status, what).toBe(404)
      expect((await server.api().get(at(world, id, what))).status, what).toBe(401)
      const other = await aDeploymentWorld(server)
      expect((await server.api(other.maintainer.token).get(at(other, id, what))).status, what).toBe(404)
    }
  })
})

describe('the job', () => {
  const file = seedFile.replace('  script:', '  variables:\n    REPLICAS: "2"\n  tags: [production]\n  script:')

  interface Job {
    name: string
    script: string[]
    tag_list: string[]
    variables: { key: string; origin: string; masked: boolean }[]
    variables_hidden: boolean
  }

  test('shows script, tags and the names of variables, never their values', async () => {
    const world = await protectedWorld()
    const secrets = [
      { key: 'DEPLOY_KEY', value: 'the-secret-value', masked: true, environment_scope: 'production' },
      { key: 'STAGING_KEY', value: 'the-secret-value', environment_scope: 'staging' },
    ]
    for (const secret of secrets) {
      const made = await server.api(world.maintainer.token).post(`/projects/${world.project.id}/variables`, secret)
      expect(made.status).toBe(201)
    }
    const { pipelineId } = await push(world, file)
    const { id } = await deploymentOf(world, pipelineId)
    const { body } = await server.api(world.developer.token).get<Job>(at(world, id, 'job'))
    expect(body).toMatchObject({
      name: 'production',
      script: ['echo "Deploying to ${CI_ENVIRONMENT_NAME}"'],
      tag_list: ['production'],
      variables: [
        { key: 'DEPLOY_KEY', origin: 'settings', masked: true },
        { key: 'REPLICAS', origin: 'configuration', masked: false },
      ],
      variables_hidden: false,
    })
    expect(JSON.stringify(body)).not.toContain('the-secret-value')
  })

  test('T13 names of settings are for developers and for whoever may decide', async () => {
    const world = await aDeploymentWorld(server)
    await inviteOperators(world)
    const approver = await aMember(server, { group: world.operators }, 'reporter')
    const reader = await aMember(server, { project: world.project }, 'reporter')
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ access_level: 30 }],
      approval_rules: [{ group_id: world.operators.id }],
      strict: true,
    })
    await server
      .api(world.maintainer.token)
      .post(`/projects/${world.project.id}/variables`, { key: 'DEPLOY_KEY', value: 'the-secret-value' })
    const { pipelineId } = await push(world, file)
    const { id } = await deploymentOf(world, pipelineId)
    const seen = async (token: string) => (await server.api(token).get<Job>(at(world, id, 'job'))).body
    expect((await seen(approver.token)).variables.map((variable) => variable.key)).toEqual(['DEPLOY_KEY', 'REPLICAS'])
    const hidden = await seen(reader.token)
    expect(hidden.variables.map((variable) => variable.key)).toEqual(['REPLICAS'])
    expect(hidden.variables_hidden).toBe(true)
  })
})

describe('the timeline', () => {
  test('has creation, votes with comments, and every status in order', async () => {
    const world = await protectedWorld()
    const { pipelineId } = await push(world)
    const { id } = await deploymentOf(world, pipelineId)
    await vote(world, id, world.maintainer, { status: 'approved', comment: 'Looks good' })
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job)
    const { body } = await server
      .api(world.developer.token)
      .get<{ event: string; to: string | null; comment: string | null; user: { id: number } | null }[]>(
        at(world, id, 'timeline'),
      )
    const told = body
      .filter((entry) => entry.event !== 'job')
      .map(({ event, to, comment, user }) => [event, to ?? comment, user?.id ?? null])
    expect(told).toEqual([
      ['created', null, world.developer.id],
      ['deployment', 'blocked', null],
      ['approved', 'Looks good', world.maintainer.id],
      ['deployment', 'created', world.maintainer.id],
      ['deployment', 'running', null],
      ['deployment', 'success', null],
    ])
  })
})
