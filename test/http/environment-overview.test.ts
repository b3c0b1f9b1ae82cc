/** The environments page's own answers: what runs, what waits, what may be stopped; folders; figures; actions on jobs. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember } from '../helpers/builders.ts'
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

interface Overview {
  id: number
  name: string
  tier: string
  folder: string | null
  protection: { rules: { required_approvals: number }[]; you_may_deploy: boolean } | null
  last_deployment: { id: number } | null
  upcoming_deployments: { id: number; status: string; pending_approval_count: number }[]
  your_stop: { allowed: boolean; reason: string | null }
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

async function overview(world: DeploymentWorld, query = '', token = world.developer.token): Promise<Overview[]> {
  const answer = await server.api(token).get<Overview[]>(`/projects/${world.project.id}/environments/overview${query}`)
  expect(answer.status).toBe(200)
  return answer.body
}

async function addEnvironments(world: DeploymentWorld, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const made = await server.api(world.developer.token).post(`/projects/${world.project.id}/environments`, { name })
    expect(made.status, name).toBe(201)
  }
}

describe('overview', () => {
  test('has what runs, what waits, and why it may not be stopped', async () => {
    const world = await aDeploymentWorld(server)
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      required_approval_count: 1,
    })
    const first = await deploymentOf(world, (await push(world)).pipelineId)
    await vote(world, first.id, world.maintainer, { status: 'approved' })
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job)
    const second = await deploymentOf(world, (await push(world)).pipelineId)
    const outside = await aMember(server, { project: world.project }, 'developer')
    const reporter = await aMember(server, { project: world.project }, 'reporter')
    const [mine] = await overview(world)
    expect(mine).toMatchObject({
      name: 'production',
      last_deployment: { id: first.id },
      upcoming_deployments: [{ id: second.id, status: 'blocked', pending_approval_count: 1 }],
      protection: { rules: [{ required_approvals: 1 }], you_may_deploy: true },
      your_stop: { allowed: true, reason: null },
    })
    const [theirs] = await overview(world, '', outside.token)
    expect(theirs?.your_stop).toEqual({
      allowed: false,
      reason: 'You are not allowed to deploy to the protected environment production.',
    })
    expect(theirs?.protection?.you_may_deploy).toBe(false)
    expect((await overview(world, '', reporter.token))[0]?.your_stop.reason).toBe('Your role does not allow this.')
  })

  test('is by tier; folders, search and states narrow it', async () => {
    const world = await aDeploymentWorld(server)
    await addEnvironments(world, ['review/one', 'review/two', 'staging', 'production', 'zoo', 'demo/live'])
    const names = async (query: string) => (await overview(world, query)).map((environment) => environment.name)
    expect(await names('?folder=')).toEqual(['production', 'staging', 'zoo'])
    expect(await names('?folder=review')).toEqual(['review/one', 'review/two'].filter(Boolean))
    expect(await names('?search=TWO')).toEqual(['review/two'])
    expect(await names('?search=%25')).toEqual([])
    expect(await names('?state=stopped')).toEqual([])
    expect(await names('?tier=staging')).toEqual(['demo/live', 'staging'])
    const folders = await server.api(world.developer.token).get(`/projects/${world.project.id}/environments/folders`)
    expect(folders.body).toEqual([
      { name: 'demo', tier: 'staging', size: 1, blocked: 0 },
      { name: 'review', tier: 'development', size: 2, blocked: 0 },
    ])
  })

  test('is for reporters and up, of one project', async () => {
    const world = await aDeploymentWorld(server)
    const guest = await aMember(server, { project: world.project }, 'guest')
    for (const path of ['overview', 'folders']) {
      const at = `/projects/${world.project.id}/environments/${path}`
      expect((await server.api(guest.token).get(at)).status).toBe(403)
      expect((await server.api().get(at)).status).toBe(401)
    }
  })
})

describe('figures', () => {
  test('count days of UTC without gaps, and the median time from request to last approval', async () => {
    const world = await aDeploymentWorld(server)
    await push(world)
    const [environment] = await overview(world)
    if (!environment) throw new Error('no environment')
    const past = [
      { days: 1, status: 'success', waited: 600 },
      { days: 1, status: 'failed', waited: 1_200 },
      { days: 2, status: 'success', waited: 60 },
      { days: 40, status: 'success', waited: 5 },
    ] as const
    await inTransaction(server.app.db, async (tx) => {
      for (const [index, { days, status, waited }] of past.entries()) {
        const finished = new Date(Date.now() - days * 86_400_000)
        const created = new Date(finished.getTime() - 7_200_000)
        const { id } = await tx
          .insertInto('deployments')
          .values({
            iid: 100 + index,
            project_id: world.project.id,
            environment_id: environment.id,
            ref: 'main',
            tag: false,
            sha: 'a'.repeat(40),
            status,
            created_at: created,
            started_at: finished,
            finished_at: finished,
          })
          .returning('id')
          .executeTakeFirstOrThrow()
        await tx
          .insertInto('deployment_approvals')
          .values({
            deployment_id: id,
            user_id: world.maintainer.id,
            status: 'approved',
            subject_digest: Buffer.from('00', 'hex'),
            created_at: new Date(created.getTime() + waited * 1000),
          })
          .execute()
      }
    })
    const { body } = await server
      .api(world.developer.token)
      .get<{ days: { date: string; success: number; failed: number; time_to_approve: number | null }[] }>(
        `/projects/${world.project.id}/environments/${environment.id}/figures?days=7`,
      )
    expect(body).toMatchObject({ deployments: 3, failed: 1, time_to_approve: 600 })
    expect(body.days).toHaveLength(7)
    expect(body.days.at(-2)).toMatchObject({ success: 1, failed: 1, time_to_approve: 900 })
    expect(body.days.at(-3)).toMatchObject({ success: 1, failed: 0, time_to_approve: 60 })
    expect(body.days.at(-1)).toMatchObject({ success: 0, failed: 0, time_to_approve: null })
  })
})

describe('job actions', () => {
  interface Actions {
    job_id: number
    play: { allowed: boolean; reason: string | null }
    retry: { allowed: boolean; reason: string | null }
    cancel: { allowed: boolean; reason: string | null }
  }

  test('answer what the calls would', async () => {
    const world = await aDeploymentWorld(server)
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      required_approval_count: 1,
    })
    const blocked = await deploymentOf(world, (await push(world)).pipelineId)
    const reporter = await aMember(server, { project: world.project }, 'reporter')
    const outside = await aMember(server, { project: world.project }, 'developer')
    const actions = async (token: string, jobId: number) =>
      (
        await server
          .api(token)
          .get<Actions[]>(`/projects/${world.project.id}/job_actions?job_ids[]=${jobId}&job_ids[]=999999`)
      ).body
    const [mine, ...more] = await actions(world.developer.token, blocked.jobId)
    expect(more).toEqual([])
    expect(mine).toMatchObject({
      job_id: blocked.jobId,
      play: { allowed: false, reason: 'Unplayable Job' },
      retry: { allowed: false, reason: 'Job is not retryable' },
      cancel: { allowed: true },
    })
    const [readers] = await actions(reporter.token, blocked.jobId)
    expect(readers).toMatchObject({
      play: { allowed: false, reason: 'Your role does not allow this.' },
      cancel: { allowed: false, reason: 'Your role does not allow this.' },
    })
    const notAllowed = 'You are not allowed to deploy to the protected environment production.'
    expect((await actions(outside.token, blocked.jobId))[0]).toMatchObject({
      play: { allowed: false, reason: notAllowed },
      cancel: { allowed: false, reason: notAllowed },
    })
    const play = await server
      .api(outside.token)
      .post<{ message: string }>(`/projects/${world.project.id}/jobs/${blocked.jobId}/play`)
    expect(play.body.message).toContain(notAllowed)
  })

  test("say nothing about another project's jobs", async () => {
    const [one, two] = [await aDeploymentWorld(server), await aDeploymentWorld(server)]
    const { jobId } = await deploymentOf(two, (await push(two, seedFile)).pipelineId)
    const { body } = await server
      .api(one.maintainer.token)
      .get(`/projects/${one.project.id}/job_actions?job_ids[]=${jobId}`)
    expect(body).toEqual([])
  })
})
