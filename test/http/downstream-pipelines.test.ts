/** `trigger:project`: pipelines in other projects, and what no downstream pipeline may be used for (threat T12). */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launchBridge } from '../../src/app/launch-bridge.ts'
import { takeBridge } from '../../src/db/bridges.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { aMember, aProject } from '../helpers/builders.ts'
import {
  aDeploymentWorld,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
  vote,
} from '../helpers/deployment-world.ts'
import { downstreamOf, jobNamed, pipelineStatus, run, statuses, tend } from '../helpers/pipelines.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner, type TestRunner } from '../helpers/test-runner.ts'

let server: TestServer
/** Where pipelines start, and the one they reach for; the same people have the same roles in both. */
let world: DeploymentWorld
let other: DeploymentWorld
let runner: TestRunner

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  other = { ...world, project: await aProject(server) }
  await aMember(server, { project: other.project }, 'developer', { user: world.developer })
  await aMember(server, { project: other.project }, 'maintainer', { user: world.maintainer })
  runner = await aRunner(server, { projectId: other.project.id })
})

const job = (name: string) => `${name}: {script: [echo]}`
const trigger = (more = '') => `bridge:
  trigger:
    project: ${other.project.full_path}
    ${more}
`

/** The other project has this configuration on its branch `main`, whose own pipeline is out of the way. */
async function configure(file: string): Promise<void> {
  const { pipelineId } = await push(other, file)
  await server.api(world.developer.token).post(`/projects/${other.project.id}/pipelines/${pipelineId}/cancel`)
}

async function start(file: string): Promise<number> {
  const { pipelineId } = await push(world, file)
  await tend(server)
  return pipelineId
}

const at = (of = world) => `/projects/${of.project.id}`

describe('a pipeline in another project', () => {
  test('is of the head of its branch, and in that project’s list', async () => {
    await configure(job('there'))
    const id = await start(trigger('strategy: depend'))
    const made = await downstreamOf(server, id, 'bridge')
    expect(made).toMatchObject({
      project_id: other.project.id,
      source: 'pipeline',
      ref: 'main',
      before_sha: '0'.repeat(40),
      parent_pipeline_id: null,
      user_id: world.developer.id,
    })
    const list = await server.api(world.developer.token).get<{ id: number }[]>(`${at(other)}/pipelines?source=pipeline`)
    expect(list.body.map((pipeline) => pipeline.id)).toEqual([made.id])
    await run(runner, 'there')
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'success' })
  })

  test('of another branch, named with variables', async () => {
    await configure(job('there'))
    const branch = { branch: 'stable', ref: 'main' }
    await server.api(world.maintainer.token).post(`${at(other)}/repository/branches`, branch)
    const file = `variables: {WHERE: ${other.project.full_path}, BRANCH: stable}
bridge: {trigger: {project: $WHERE, branch: $BRANCH}}`
    const made = await downstreamOf(server, await start(file), 'bridge')
    expect(made).toMatchObject({ project_id: other.project.id, ref: 'stable' })
  })

  test('takes inputs, which its configuration declares', async () => {
    await configure('spec: {inputs: {who: {default: nobody}}}\n---\nfor $[[ inputs.who ]]: {script: [echo]}')
    const made = await downstreamOf(server, await start(trigger('inputs: {who: you}')), 'bridge')
    expect(await statuses(server, made.id)).toEqual({ 'for you': 'pending' })
  })

  test('is not cancelled with the one that made it', async () => {
    await configure(job('there'))
    const id = await start(`${trigger('strategy: depend')}\nlong: {script: [echo]}`)
    const made = await downstreamOf(server, id, 'bridge')
    await server.api(world.developer.token).post(`${at()}/pipelines/${id}/cancel`)
    await tend(server)
    expect(await statuses(server, id)).toEqual({ bridge: 'canceled', long: 'canceled' })
    expect(await pipelineStatus(server, made.id)).toBe('pending')
    await run(runner, 'there')
    await tend(server)
    expect(await statuses(server, id)).toMatchObject({ bridge: 'canceled' })
  })
})

describe('is not made', () => {
  async function refusal(file: string): Promise<unknown> {
    const id = await start(file)
    const { status, failure_reason, failure_message, downstream_pipeline_id } = await jobNamed(server, id, 'bridge')
    expect([status, downstream_pipeline_id, failure_message]).toEqual(['failed', null, expect.any(String)])
    return failure_reason
  }

  test('where there is no such project', async () => {
    expect(await refusal('bridge: {trigger: {project: nobody/nothing}}')).toBe('downstream_bridge_project_not_found')
  })

  test('in a project that the user cannot see: the same answer', async () => {
    const hidden = await aProject(server)
    expect(await refusal(`bridge: {trigger: {project: ${hidden.full_path}}}`)).toBe(
      'downstream_bridge_project_not_found',
    )
  })

  test('by the number of a project', async () => {
    await configure(job('there'))
    expect(await refusal(`bridge: {trigger: {project: "${other.project.id}"}}`)).toBe(
      'downstream_bridge_project_not_found',
    )
  })

  test('in the own project', async () => {
    expect(await refusal(`bridge: {trigger: {project: ${world.project.full_path}}}`)).toBe('invalid_bridge_trigger')
  })

  test('for a branch that is not there, or a project without configuration', async () => {
    await configure(job('there'))
    expect(await refusal(trigger('branch: nowhere'))).toBe('downstream_pipeline_creation_failed')
    const empty = { ...world, project: await aProject(server) }
    await aMember(server, { project: empty.project }, 'developer', { user: world.developer })
    expect(await refusal(`bridge: {trigger: {project: ${empty.project.full_path}}}`)).toBe(
      'downstream_pipeline_creation_failed',
    )
  })

  test('T12 by somebody who may not create pipelines there', async () => {
    const closed = { ...world, project: await aProject(server, { visibility: 'internal' }) }
    await aMember(server, { project: closed.project }, 'developer', { user: world.maintainer })
    await push(closed, job('there'), world.maintainer)
    expect(await refusal(`bridge: {trigger: {project: ${closed.project.full_path}}}`)).toBe(
      'insufficient_bridge_permissions',
    )
  })

  test('T3 by somebody who lost their access before the trigger job had its turn', async () => {
    await configure(job('there'))
    const { pipelineId } = await push(world, trigger())
    await server.api(world.maintainer.token).delete(`${at(other)}/members/${world.developer.id}`)
    await tend(server)
    expect(await jobNamed(server, pipelineId, 'bridge')).toMatchObject({
      status: 'failed',
      failure_reason: 'downstream_bridge_project_not_found',
    })
  })

  test('in a circle, the second time round', async () => {
    const back = `back: {trigger: {project: ${world.project.full_path}, strategy: depend}}`
    await configure(back)
    const id = await start(trigger('strategy: depend').replace('bridge:', 'forth:'))
    const failed = await server.db
      .selectFrom('jobs')
      .select(['failure_reason', 'pipeline_id'])
      .where('failure_reason', '=', 'pipeline_loop_detected')
      .where('project_id', 'in', [world.project.id, other.project.id])
      .execute()
    expect(failed).toHaveLength(1)
    expect(await statuses(server, id)).toEqual({ forth: 'failed' })
    const made = await server.db
      .selectFrom('pipelines')
      .select('id')
      .where('source', '=', 'pipeline')
      .where('project_id', 'in', [world.project.id, other.project.id])
      .execute()
    expect(made.length).toBeLessThan(8)
  })
})

describe('T12 a downstream pipeline is no way round', () => {
  const deploying = `deploy: {script: [echo], environment: production}`

  test.each<[what: string, rights: object, status: string]>([
    ['who may not deploy fails', { deploy_access_levels: [{ access_level: 40 }] }, 'failed'],
    [
      'approvals are waited for',
      { deploy_access_levels: [{ access_level: 40 }], approval_rules: [{ access_level: 40, required_approvals: 1 }] },
      'manual',
    ],
  ])('protection in a child pipeline: %s', async (_what, rights, status) => {
    await protect(world, { name: 'production', ...rights })
    const { pipelineId } = await push(world, 'bridge: {trigger: {include: child.yml}}', world.developer, {
      'child.yml': deploying,
    })
    await tend(server)
    const made = await downstreamOf(server, pipelineId, 'bridge')
    expect(await statuses(server, made.id)).toEqual({ deploy: status })
    const own = await aRunner(server, { projectId: world.project.id })
    expect(await own.request()).toBeNull()
    if (status === 'manual') {
      const { id } = await deploymentOf(world, made.id)
      const answer = await vote(world, id, world.developer, { status: 'approved' })
      expect(answer.status).toBe(400)
    }
  })

  test('protection in another project judges the person who started the first pipeline', async () => {
    await protect(other, { name: 'production', deploy_access_levels: [{ access_level: 40 }] })
    const { pipelineId: broken } = await push(other, deploying)
    expect(await statuses(server, broken)).toEqual({ deploy: 'failed' })
    const id = await start(trigger('strategy: depend'))
    const made = await downstreamOf(server, id, 'bridge')
    expect(await jobNamed(server, made.id, 'deploy')).toMatchObject({
      status: 'failed',
      failure_reason: 'protected_environment_failure',
    })
    expect(await statuses(server, id)).toEqual({ bridge: 'failed' })
    expect(await runner.request()).toBeNull()
  })

  test('the first requester cannot approve behind a trigger job that somebody else played', async () => {
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      required_approval_count: 1,
    })
    const file = 'bridge: {when: manual, trigger: {include: child.yml}}'
    const { pipelineId } = await push(world, file, world.developer, { 'child.yml': deploying })
    const bridge = await jobNamed(server, pipelineId, 'bridge')
    const played = await server.api(world.maintainer.token).post(`${at()}/jobs/${bridge.id}/play`)
    expect(played.status).toBe(200)
    await tend(server)
    const made = await downstreamOf(server, pipelineId, 'bridge')
    expect(made).toMatchObject({ user_id: world.maintainer.id, requester_id: world.developer.id })
    const { id } = await deploymentOf(world, made.id)
    expect(await vote(world, id, world.developer, { status: 'approved' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('You cannot approve your own deployment') },
    })
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await statuses(server, made.id)).toEqual({ deploy: 'pending' })
  })

  test('a trigger job with a protected environment starts nothing before it is approved', async () => {
    await configure(job('there'))
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      required_approval_count: 1,
    })
    const id = await start(`${trigger('strategy: depend')}  environment: production\n`)
    expect(await statuses(server, id)).toEqual({ bridge: 'manual' })
    const deployment = await deploymentOf(world, id)
    expect(deployment.status).toBe('blocked')
    expect((await vote(world, deployment.id, world.maintainer, { status: 'approved' })).status).toBe(201)
    await tend(server)
    expect(await deploymentOf(world, id)).toMatchObject({ status: 'running', jobStatus: 'running' })
    await run(runner, 'there')
    await tend(server)
    expect(await deploymentOf(world, id)).toMatchObject({ status: 'success', jobStatus: 'success' })
  })

  test('protected variables stay out of what another project gets', async () => {
    await configure('there: {script: [echo]}')
    const maintainer = server.api(world.maintainer.token)
    await maintainer.post(`${at()}/variables`, { key: 'SECRET', value: 'for main only', protected: true })
    await maintainer.post(`${at()}/variables`, { key: 'PLAIN', value: 'for all' })
    const id = await start(`${trigger()}  variables: {TOLD: "$SECRET/$PLAIN"}\n`)
    const made = await downstreamOf(server, id, 'bridge')
    const told = await server.db
      .selectFrom('pipeline_variables')
      .select(['key', 'value'])
      .where('pipeline_id', '=', made.id)
      .execute()
    expect(told).toEqual([{ key: 'TOLD', value: '/for all' }])
  })
})

describe('exactly once', () => {
  const made = async (bridgeId: number) =>
    server.db.selectFrom('pipelines').select('id').where('upstream_job_id', '=', bridgeId).execute()

  test('a server that died on the way is succeeded by another one', async () => {
    const second = await startTestServer({ database: server.database, dataDir: server.dataDir })
    try {
      await configure(job('there'))
      const { pipelineId } = await push(world, trigger())
      const bridge = await jobNamed(server, pipelineId, 'bridge')
      // It took the job, and was never heard of again.
      expect(await inTransaction(server.db, (tx) => takeBridge(tx, bridge.id))).toBe(true)
      await tend(second)
      expect(await made(bridge.id)).toEqual([])
      await forget(bridge.id)
      await tend(second)
      expect(await made(bridge.id)).toHaveLength(1)
      expect(await statuses(server, pipelineId)).toEqual({ bridge: 'success' })
    } finally {
      await second.stop()
    }
  })

  test('many servers at once make one downstream pipeline', async () => {
    await configure(job('there'))
    const { pipelineId } = await push(world, trigger('strategy: depend'))
    const bridge = await jobNamed(server, pipelineId, 'bridge')
    const attempts = Array.from({ length: 8 }, async () => {
      await forget(bridge.id)
      return launchBridge(server.app, { id: bridge.id, pipelineId })
    })
    const took = (await Promise.all(attempts)).filter(Boolean)
    expect(took.length).toBeGreaterThan(1)
    expect(await made(bridge.id)).toHaveLength(1)
    expect(await statuses(server, pipelineId)).toEqual({ bridge: 'running' })
  })

  /** As if nobody had tried for a long time. */
  async function forget(bridgeId: number): Promise<void> {
    await inTransaction(server.db, (tx) =>
      tx
        .updateTable('jobs')
        .set({ contacted_at: sql<Date>`now() - interval '1 minute'` })
        .where('id', '=', bridgeId)
        .where('status', '=', 'pending')
        .execute(),
    )
  }
})
