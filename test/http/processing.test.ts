/** Pipelines at their edges over a real server: resources, retries, newer commits, and gates that nothing passes (reference C). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createPipeline } from '../../src/app/create-pipeline.ts'
import { findActor } from '../../src/db/actors.ts'
import { findProjectById } from '../../src/db/projects.ts'
import { zeroSha } from '../../src/git/ref-name.ts'
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
let world: DeploymentWorld
let runner: TestRunner

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  world = await aDeploymentWorld(server)
  runner = await aRunner(server, { projectId: world.project.id })
})

const api = () => server.api(world.developer.token)
const at = () => `/projects/${world.project.id}`
const keep = 'workflow: {auto_cancel: {on_new_commit: none}}\n'

async function act(pipelineId: number, name: string, action: 'play' | 'retry' | 'cancel') {
  const { id } = await jobNamed(server, pipelineId, name)
  const answer = await api().post(`${at()}/jobs/${id}/${action}`)
  expect([200, 201]).toContain(answer.status)
}

describe('a resource group', () => {
  const file = `${keep}stages: [build, ship]
build: {stage: build, script: [x]}
ship: {stage: ship, script: [x], resource_group: prod}`
  const inOrder = (mode: string) => api().put(`${at()}/resource_groups/prod`, { process_mode: mode })

  test('oldest_first waits for the older pipeline, though its job has not had its turn', async () => {
    const first = (await push(world, file)).pipelineId
    const second = (await push(world, file)).pipelineId
    await inOrder('oldest_first')
    const older = await runner.request()
    await run(runner, 'build')
    expect(await statuses(server, second)).toEqual({ build: 'success', ship: 'waiting_for_resource' })
    if (older) await runner.finish(older)
    expect(await statuses(server, first)).toEqual({ build: 'success', ship: 'pending' })
    await run(runner, 'ship')
    await expect.poll(async () => statuses(server, second)).toMatchObject({ ship: 'pending' })
  })

  test.each(['oldest_first', 'newest_first'])('%s does not wait for a job that waits for a person', async (mode) => {
    const manual = `${keep}ship: {script: [x], when: manual, resource_group: prod}`
    const first = (await push(world, manual)).pipelineId
    const second = (await push(world, manual)).pipelineId
    const third = (await push(world, manual)).pipelineId
    await inOrder(mode)
    await act(second, 'ship', 'play')
    expect(await statuses(server, second)).toEqual({ ship: 'pending' })
    await run(runner, 'ship')
    expect([await statuses(server, first), await statuses(server, third)]).toEqual([
      { ship: 'manual' },
      { ship: 'manual' },
    ])
  })

  test('an older deployment that waits for approval holds up nobody', async () => {
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      approval_rules: [{ group_id: world.operators.id, required_approvals: 1 }],
    })
    const gated = (await push(world, `${keep}ship: {script: [x], resource_group: prod, environment: production}`))
      .pipelineId
    await inOrder('oldest_first')
    const free = (await push(world, `${keep}ship: {script: [x], resource_group: prod}`)).pipelineId
    expect([await statuses(server, gated), await statuses(server, free)]).toEqual([
      { ship: 'manual' },
      { ship: 'pending' },
    ])
    const { id } = await deploymentOf(world, gated)
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    expect(await statuses(server, gated)).toEqual({ ship: 'waiting_for_resource' })
    await run(runner, 'ship')
    await expect.poll(async () => statuses(server, gated)).toEqual({ ship: 'pending' })
  })

  const one = `${keep}ship: {script: [x], resource_group: prod}`

  test.each<[string, (pipelineId: number) => Promise<unknown>]>([
    ['cancelled', (id) => api().post(`${at()}/pipelines/${id}/cancel`)],
    ['deleted', (id) => server.api(server.rootToken).delete(`${at()}/pipelines/${id}`)],
  ])('passes on when the pipeline that holds it is %s', async (_how, end) => {
    const first = (await push(world, one)).pipelineId
    const second = (await push(world, one)).pipelineId
    expect(await statuses(server, second)).toEqual({ ship: 'waiting_for_resource' })
    await end(first)
    await expect.poll(async () => statuses(server, second)).toEqual({ ship: 'pending' })
  })

  test('passes on when a newer commit cancels the pipeline that holds it', async () => {
    const file = 'ship: {script: [x], resource_group: prod}'
    const first = (await push(world, file)).pipelineId
    const second = (await push(world, file)).pipelineId
    await expect.poll(async () => statuses(server, first)).toEqual({ ship: 'canceled' })
    await expect.poll(async () => statuses(server, second)).toEqual({ ship: 'pending' })
  })

  test('passes on when its runner cannot run the job', async () => {
    const picky = `${keep}ship: {script: [x], resource_group: prod, inputs: {a: {default: b}}}`
    const first = (await push(world, picky)).pipelineId
    const second = (await push(world, one)).pipelineId
    const old = await aRunner(server, { projectId: world.project.id, lacks: ['job_inputs'] })
    expect(await old.request()).toBeNull()
    expect(await statuses(server, first)).toEqual({ ship: 'failed' })
    await expect.poll(async () => statuses(server, second)).toEqual({ ship: 'pending' })
  })
})

describe('a newer commit', () => {
  test('cancels what has not begun, and what may be interrupted', async () => {
    const file = 'a: {script: [x], interruptible: true}\nb: {script: [x], when: manual}'
    const first = (await push(world, file)).pipelineId
    const job = await runner.request()
    if (job) await runner.update(job, 'running')
    await push(world, file)
    await expect.poll(async () => statuses(server, first)).toEqual({ a: 'canceled', b: 'canceled' })
  })

  test('leaves a pipeline alone in which something began that must not be interrupted', async () => {
    const file = 'a: {script: [x]}\nb: {script: [x], interruptible: true}'
    const first = (await push(world, file)).pipelineId
    await run(runner, 'a')
    const second = (await push(world, 'a: {script: [x]}')).pipelineId
    expect((await runner.request())?.job_info.name).toBe('b')
    const { auto_canceled_by_id } = await server.db
      .selectFrom('pipelines')
      .select('auto_canceled_by_id')
      .where('id', '=', first)
      .executeTakeFirstOrThrow()
    expect([auto_canceled_by_id, await pipelineStatus(server, second)]).toEqual([null, 'pending'])
  })

  test('keeps its pipeline, even when those of older commits are made later', async () => {
    const file = 'a: {script: [x]}'
    const [first, second, newest] = [await push(world, file), await push(world, file), await push(world, file)]
    const project = await findProjectById(server.db, world.project.id)
    const actor = await findActor(server.db, world.developer.id)
    if (!project || !actor) throw new Error('not there')
    const late = async (sha: string) => {
      const push = { ref: 'main', refType: 'branch', beforeSha: zeroSha, source: 'push', variables: [] } as const
      const made = await createPipeline(server.app, { project, actor, sha, ...push })
      if (!made.ok) throw new Error('no pipeline')
      return made.value.id
    }
    const ofSecond = await late(second.sha)
    await late(first.sha)
    // Older ones are judged in order: by then the newest commit's has been.
    await expect.poll(async () => statuses(server, ofSecond)).toEqual({ a: 'canceled' })
    expect(await statuses(server, newest.pipelineId)).toEqual({ a: 'pending' })
  })
})

describe('on_job_failure: all', () => {
  const file = 'workflow: {auto_cancel: {on_job_failure: all}}\nother: {script: [x], tags: [nobody]}\n'

  test('a job that fails when its turn comes cancels the rest, one that is tolerated does not', async () => {
    const fails = 'ship: {script: [x], environment: $CI_JOB_ID'
    const { pipelineId } = await push(world, `${file}${fails}}\nlast: {script: [x]}`)
    expect(await statuses(server, pipelineId)).toEqual({ other: 'canceled', ship: 'failed', last: 'canceled' })
    expect(await pipelineStatus(server, pipelineId)).toBe('failed')
    const tolerated = await push(world, `${file}${fails}, allow_failure: true}`)
    expect(await statuses(server, tolerated.pipelineId)).toEqual({ other: 'pending', ship: 'failed' })
  })

  test('so does a deployment that is rejected', async () => {
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      approval_rules: [{ group_id: world.operators.id, required_approvals: 1 }],
    })
    const { pipelineId } = await push(world, `${file}ship: {script: [x], environment: production}`)
    const { id } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, world.maintainer, { status: 'rejected' })).status).toBe(201)
    expect(await statuses(server, pipelineId)).toEqual({ other: 'canceled', ship: 'failed' })
  })
})

describe('a deployment job that is older than the last success', () => {
  const file = `${keep}stages: [build, ship]
build: {stage: build, script: [x]}
ship: {stage: ship, script: [x], environment: staging}`

  async function overtaken() {
    const older = (await push(world, file)).pipelineId
    const waiting = await runner.request()
    const newer = (await push(world, file)).pipelineId
    await run(runner, 'build')
    await run(runner, 'ship')
    expect(await pipelineStatus(server, newer)).toBe('success')
    if (waiting) await runner.finish(waiting)
    return older
  }

  test('fails instead of rolling the environment back', async () => {
    const older = await overtaken()
    expect(await jobNamed(server, older, 'ship')).toMatchObject({
      status: 'failed',
      failure_reason: 'failed_outdated_deployment_job',
    })
    expect((await deploymentOf(world, older, 'staging')).status).toBe('failed')
  })

  test('runs where the project allows it', async () => {
    await server.api(world.maintainer.token).put(at(), { ci_forward_deployment_enabled: false })
    expect(await jobNamed(server, await overtaken(), 'ship')).toMatchObject({ status: 'pending' })
  })
})

describe('a retried job', () => {
  test('gives those that need it, and those that need them, their turn back', async () => {
    const file = `${keep}stages: [a, b, c]
build: {stage: a, script: [x]}
other: {stage: a, script: [x]}
test: {stage: b, script: [x], needs: [build]}
ship: {stage: c, script: [x], needs: [test]}
apart: {stage: b, script: [x], needs: [other]}
last: {stage: c, script: [x]}`
    const { pipelineId } = await push(world, file)
    await run(runner, 'build', 'failed')
    await run(runner, 'other')
    await run(runner, 'apart')
    expect(await statuses(server, pipelineId)).toMatchObject({ test: 'skipped', ship: 'skipped', last: 'skipped' })
    expect(await pipelineStatus(server, pipelineId)).toBe('failed')
    await act(pipelineId, 'build', 'retry')
    expect(await statuses(server, pipelineId)).toEqual({
      other: 'success',
      apart: 'success',
      build: 'pending',
      test: 'created',
      ship: 'created',
      last: 'created',
    })
    await run(runner, 'build')
    await run(runner, 'test')
    expect(await statuses(server, pipelineId)).toMatchObject({ ship: 'pending', last: 'pending' })
    await run(runner, 'ship')
    await run(runner, 'last')
    expect(await pipelineStatus(server, pipelineId)).toBe('success')
  })

  test('that was played before is enqueued at once, one that is tolerated blocks nobody', async () => {
    const file = `${keep}stages: [a, b]
ask: {stage: a, script: [x], when: manual, allow_failure: true}
next: {stage: b, script: [x]}
needs: {stage: b, script: [x], needs: [ask]}`
    const { pipelineId } = await push(world, file)
    expect(await statuses(server, pipelineId)).toEqual({ ask: 'manual', next: 'pending', needs: 'skipped' })
    await run(runner, 'next')
    expect(await pipelineStatus(server, pipelineId)).toBe('success')
    await act(pipelineId, 'ask', 'play')
    await run(runner, 'ask', 'failed')
    // A tolerated failure is as good as a success, also for what needs it.
    expect(await statuses(server, pipelineId)).toEqual({ ask: 'failed', next: 'success', needs: 'pending' })
    await run(runner, 'needs')
    expect(await pipelineStatus(server, pipelineId)).toBe('success')
    await act(pipelineId, 'ask', 'retry')
    expect(await statuses(server, pipelineId)).toMatchObject({ ask: 'pending' })
  })
})

describe('T28 no keyword and no call passes a gate', () => {
  const deploys = 'script: [x], environment: production'
  beforeEach(async () => {
    await inviteOperators(world)
    await protect(world, {
      name: 'production',
      deploy_access_levels: [{ group_id: world.operators.id }],
      approval_rules: [{ group_id: world.operators.id, required_approvals: 1 }],
    })
  })

  test.each([
    ['needs', `build: {script: [x]}\nship: {${deploys}, needs: [build]}`],
    ['needs: []', `build: {script: [x]}\nship: {${deploys}, needs: []}`],
    ['when: always', `build: {script: [x]}\nship: {stage: deploy, ${deploys}, when: always}`],
    ['when: always after a failure', `build: {script: [exit 1]}\nship: {stage: deploy, ${deploys}, when: always}`],
    ['when: on_failure', `build: {script: [exit 1]}\nship: {stage: deploy, ${deploys}, when: on_failure}`],
    ['when: manual', `build: {script: [x]}\nship: {${deploys}, when: manual}`],
    ['when: delayed', `build: {script: [x]}\nship: {${deploys}, when: delayed, start_in: 1 second}`],
    ['allow_failure', `build: {script: [x]}\nship: {${deploys}, allow_failure: true}`],
    [
      'rules that change when',
      `build: {script: [x]}\nship: {${deploys}, rules: [{when: always, allow_failure: true}]}`,
    ],
    ['retry', `build: {script: [x]}\nship: {${deploys}, retry: 2}`],
    [
      'interruptible and a resource',
      `build: {script: [x]}\nship: {${deploys}, interruptible: true, resource_group: r}`,
    ],
  ])('%s', async (_name, file) => {
    const { pipelineId } = await push(world, keep + file)
    await run(runner, 'build', file.includes('exit 1') ? 'failed' : 'success')
    expect(await runner.request()).toBeNull()
    expect(await deploymentOf(world, pipelineId)).toMatchObject({ status: 'blocked', jobStatus: 'manual' })
    const { id } = await jobNamed(server, pipelineId, 'ship')
    for (const action of ['play', 'retry']) {
      expect([400, 403]).toContain((await api().post(`${at()}/jobs/${id}/${action}`)).status)
    }
    await api().post(`${at()}/pipelines/${pipelineId}/retry`)
    for (let more = await runner.request(); more !== null; more = await runner.request()) {
      expect(more.job_info.name).toBe('build')
      await runner.finish(more)
    }
    expect((await jobNamed(server, pipelineId, 'ship')).status).not.toMatch(/pending|running|success/)
  })

  test('a cancelled and retried one has to be approved again', async () => {
    const { pipelineId } = await push(world, `ship: {${deploys}}`)
    const { id } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    await act(pipelineId, 'ship', 'cancel')
    await act(pipelineId, 'ship', 'retry')
    expect(await runner.request()).toBeNull()
    expect(await jobNamed(server, pipelineId, 'ship')).toMatchObject({ status: 'manual' })
  })

  test('what needs a blocked job waits with it', async () => {
    const file = `ship: {${deploys}}
after: {script: [x], needs: [ship]}
optional: {script: [x], needs: [{job: ship, optional: true}]}
later: {stage: deploy, script: [x]}`
    const { pipelineId } = await push(world, file)
    expect(await runner.request()).toBeNull()
    expect(await statuses(server, pipelineId)).toEqual({
      ship: 'manual',
      after: 'created',
      optional: 'created',
      later: 'created',
    })
  })

  test('T12 a child pipeline is gated, and its creator is whoever asked for the first one', async () => {
    const { pipelineId } = await push(world, 'bridge: {trigger: {include: child.yml}}', world.developer, {
      'child.yml': `ship: {${deploys}}`,
    })
    await tend(server)
    const child = await downstreamOf(server, pipelineId, 'bridge')
    expect(await runner.request()).toBeNull()
    expect(await statuses(server, child.id)).toEqual({ ship: 'manual' })
    const { id } = await deploymentOf(world, child.id)
    expect((await vote(world, id, world.developer, { status: 'approved' })).status).not.toBe(201)
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    await run(runner, 'ship')
  })

  test('T13 inputs cannot be typed for what was approved, neither played nor retried', async () => {
    const { pipelineId } = await push(world, `ship: {${deploys}, when: manual, inputs: {target: {default: here}}}`)
    const { id, jobId } = await deploymentOf(world, pipelineId)
    expect((await vote(world, id, world.maintainer, { status: 'approved' })).status).toBe(201)
    const body = { job_inputs: { target: 'elsewhere' } }
    if ((await jobNamed(server, pipelineId, 'ship')).status === 'manual') {
      expect((await api().post(`${at()}/jobs/${jobId}/play`, body)).status).toBe(400)
      expect((await api().post(`${at()}/jobs/${jobId}/play`)).status).toBe(200)
    }
    const job = await runner.request()
    expect(job?.inputs).toMatchObject([{ key: 'target', value: { content: 'here' } }])
    if (job) await runner.finish(job)
    expect((await api().post(`${at()}/jobs/${jobId}/retry`, body)).status).toBe(400)
    expect((await api().post(`${at()}/jobs/${jobId}/retry`)).status).toBe(201)
  })
})
