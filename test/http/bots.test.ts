/** T10 T29: behind a bot stands the person who made it. Nobody approves their own deployment through a token of a project. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aMember, type TestUser } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  type DeploymentWorld,
  deploymentOf,
  protect,
  push,
  seedFile,
  vote,
} from '../helpers/deployment-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let world: DeploymentWorld
/** A second maintainer. */
let other: TestUser

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  other = await aMember(server, { project: world.project }, 'maintainer')
})

const own = { status: 400, body: { message: expect.stringMatching(/cannot approve your own/) } }
const mayNot = { status: 400, body: { message: expect.stringMatching(/don't have permission to approve/) } }

interface Bot {
  readonly id: number
  readonly token: string
}

async function aBotOf(person: TestUser): Promise<Bot> {
  const body = { name: 'bot', scopes: ['api'], access_level: 40 }
  const made = await server
    .api(person.token)
    .post<{ token: string; user_id: number }>(`/projects/${world.project.id}/access_tokens`, body)
  if (made.status !== 201) throw new Error(`token: ${made.status} ${JSON.stringify(made.body)}`)
  return { id: made.body.user_id, token: made.body.token }
}

async function approveAs(bot: Bot, deployment: number) {
  return server
    .api(bot.token)
    .post(`/projects/${world.project.id}/deployments/${deployment}/approval`, { status: 'approved' })
}

const maintainers = { approval_rules: [{ access_level: 40, required_approvals: 1 }] }
const deployers = { name: 'production', deploy_access_levels: [{ access_level: 30 }] }

describe('a deployment that a bot set going', () => {
  test('T10 is not approved by whoever made the bot, and is by somebody else', async () => {
    await protect(world, { ...deployers, ...maintainers })
    await push(world, seedFile)
    const bot = await aBotOf(world.maintainer)
    const made = await server
      .api(bot.token)
      .post<{ id: number; user: { id: number } }>(`/projects/${world.project.id}/pipeline`, { ref: 'main' })
    expect(made.body.user.id).toBe(bot.id)
    const { id } = await deploymentOf(world, made.body.id)
    expect(await vote(world, id, world.maintainer, { status: 'approved' })).toMatchObject(own)
    expect((await vote(world, id, other, { status: 'approved' })).status).toBe(201)
    expect(await deploymentOf(world, made.body.id)).toMatchObject({ status: 'created' })
  })

  test('T10 is not approved by whoever has been handed its token since', async () => {
    await protect(world, { ...deployers, ...maintainers })
    await push(world, seedFile)
    const bot = await aBotOf(world.maintainer)
    const base = `/projects/${world.project.id}`
    await server.api(bot.token).post(`${base}/pipeline`, { ref: 'main' })
    const tokens = await server.api(other.token).get<{ id: number }[]>(`${base}/access_tokens`)
    const rotated = await server
      .api(other.token)
      .post<{ token: string }>(`${base}/access_tokens/${tokens.body[0]?.id}/rotate`)
    // What was set going before stays its maker's.
    const [before] = (await server.api(other.token).get<{ id: number }[]>(`${base}/deployments?order_by=id&sort=desc`))
      .body
    expect(await vote(world, before?.id ?? 0, world.maintainer, { status: 'approved' })).toMatchObject(own)
    const again = await server.api(rotated.body.token).post<{ token: string }>(`${base}/access_tokens/self/rotate`)
    const made = await server.api(again.body.token).post<{ id: number; user: { id: number } }>(`${base}/pipeline`, {
      ref: 'main',
    })
    expect(made.body.user.id).toBe(bot.id)
    const { id } = await deploymentOf(world, made.body.id)
    expect(await vote(world, id, other, { status: 'approved' })).toMatchObject(own)
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
  })

  test('T10 through a trigger token or a schedule of the bot is not either', async () => {
    await protect(world, { ...deployers, ...maintainers })
    await push(world, seedFile)
    const bot = server.api((await aBotOf(world.maintainer)).token)
    const base = `/projects/${world.project.id}`
    const { body: trigger } = await bot.post<{ token: string }>(`${base}/triggers`, { description: 'x' })
    const { body: schedule } = await bot.post<{ id: number }>(`${base}/pipeline_schedules`, {
      description: 'x',
      ref: 'main',
      cron: '0 0 1 1 *',
    })
    await server.api().post(`${base}/trigger/pipeline`, { token: trigger.token, ref: 'main' })
    await bot.post(`${base}/pipeline_schedules/${schedule.id}/play`)
    for (const source of ['trigger', 'schedule']) {
      const [pipeline] = (await bot.get<{ id: number }[]>(`${base}/pipelines?source=${source}`)).body
      const { id, status } = await deploymentOf(world, pipeline?.id ?? 0)
      expect(status).toBe('blocked')
      expect(await vote(world, id, world.maintainer, { status: 'approved' })).toMatchObject(own)
    }
  })
})

describe('T29 an approval by a bot', () => {
  test('counts only where a rule names the bot', async () => {
    const bot = await aBotOf(other)
    await protect(world, { ...deployers, ...maintainers })
    const { pipelineId } = await push(world, seedFile)
    const { id } = await deploymentOf(world, pipelineId)
    expect(await approveAs(bot, id)).toMatchObject(mayNot)
    const rules = { approval_rules: [{ user_id: bot.id, required_approvals: 1 }] }
    await server.api(world.maintainer.token).delete(`/projects/${world.project.id}/protected_environments/production`)
    await protect(world, { ...deployers, ...rules })
    const again = await push(world, seedFile)
    const named = await deploymentOf(world, again.pipelineId)
    expect((await approveAs(bot, named.id)).status).toBe(201)
  })

  test('does not count for a bare number because the bot has a role', async () => {
    const bot = await aBotOf(other)
    await protect(world, { ...deployers, required_approval_count: 1 })
    const { pipelineId } = await push(world, seedFile)
    const { id } = await deploymentOf(world, pipelineId)
    expect(await approveAs(bot, id)).toMatchObject(mayNot)
    expect((await vote(world, id, other, { status: 'approved' })).status).toBe(201)
  })

  test('is its maker’s: not for their own deployment, and not beside their own vote', async () => {
    const bot = await aBotOf(world.maintainer)
    await protect(world, {
      ...deployers,
      deploy_access_levels: [{ access_level: 30 }, { user_id: bot.id }],
      required_approval_count: 2,
    })
    const mine = await deploymentOf(world, (await push(world, seedFile, world.maintainer)).pipelineId)
    expect(await approveAs(bot, mine.id)).toMatchObject(own)
    const theirs = await deploymentOf(world, (await push(world, seedFile, world.developer)).pipelineId)
    expect((await vote(world, theirs.id, world.maintainer, { status: 'approved' })).status).toBe(201)
    await approveAs(bot, theirs.id)
    const after = await server
      .api(other.token)
      .get<{ pending_approval_count: number }>(`/projects/${world.project.id}/deployments/${theirs.id}`)
    expect(after.body.pending_approval_count).toBe(1)
    expect((await vote(world, theirs.id, other, { status: 'approved' })).status).toBe(201)
    expect((await deploymentOf(world, (await latest()) ?? 0)).status).toBe('created')
  })
})

async function latest(): Promise<number | undefined> {
  const row = await server.db
    .selectFrom('pipelines')
    .select('id')
    .where('project_id', '=', world.project.id)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row?.id
}
